// One case through sharp, for bench-image: node sharp.js TIMES SOURCE OUT FORMAT QUALITY WIDTH [HEIGHT] [ANIMATED]
// Prints the milliseconds of CPU time of one run. One thread, no cache.
'use strict';
const fs = require('fs');
const sharp = require(process.env.TINTYPE_SHARP ? process.env.TINTYPE_SHARP + '/node_modules/sharp' : 'sharp');

sharp.concurrency(1);
sharp.cache(false);

const [times, source, out, format, quality, width, height, animated] = process.argv.slice(2);
const bytes = fs.readFileSync(source);
const options = format === 'png' || format === 'gif' ? {} : { quality: Number(quality) };

function once() {
	return sharp(bytes, { animated: animated === '1' })
	    .resize(Number(width), height && height !== '0' ? Number(height) : null, { fit: 'cover' })
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
