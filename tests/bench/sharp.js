// One case through sharp, for bench-image: node sharp.js TIMES SOURCE OUT FORMAT QUALITY WIDTH [HEIGHT] [ANIMATED] [TEXT]
// Prints the milliseconds of CPU time of one run. One thread, no cache.
'use strict';
const fs = require('fs');
const sharp = require(process.env.TINTYPE_SHARP ? process.env.TINTYPE_SHARP + '/node_modules/sharp' : 'sharp');

sharp.concurrency(1);
sharp.cache(false);

const [times, source, out, format, quality, width, height, animated, text] = process.argv.slice(2);
const bytes = fs.readFileSync(source);
const options = format === 'png' || format === 'gif' ? {} : { quality: Number(quality) };

// A watermark the way sharp makes one.
const svg = `<svg width="220" height="50"><text x="5" y="35" font-size="30" fill="white">${text}</text></svg>`;

function once() {
	return sharp(bytes, { animated: animated === '1' })
	    .resize(Number(width), height && height !== '0' ? Number(height) : null, { fit: 'cover' })
	    .composite(text ? [{ input: Buffer.from(svg), gravity: 'southeast' }] : [])
	    .toFormat(format, options).toBuffer();
}

(async () => {
	let made = await once();
	const before = process.cpuUsage();
	for (let i = 0; i < Number(times); i++)
		made = await once();
	const used = process.cpuUsage(before);
	fs.writeFileSync(out, made);
	console.log(((used.user + used.system) / 1000 / Number(times)).toFixed(3));
})();
