// An image server as one would write it around sharp, for bench-http: GET /w/WIDTH/FILE below the folder of the first argument.
// One process a core, one thread a picture, no cache.
'use strict';
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');
const path = require('path');
const sharp = require(process.env.TINTYPE_SHARP ? process.env.TINTYPE_SHARP + '/node_modules/sharp' : 'sharp');

const [folder, port, processes, quality] = process.argv.slice(2);

if (cluster.isPrimary) {
	for (let i = 0; i < Number(processes); i++)
		cluster.fork();
	process.on('SIGTERM', () => process.exit(0));
} else {
	sharp.concurrency(1);
	sharp.cache(false);
	http.createServer(async (request, answer) => {
		const m = /^\/w\/(\d+)\/([\w.]+)/.exec(request.url);
		if (!m) {
			answer.writeHead(404).end();
			return;
		}
		try {
			const bytes = await fs.promises.readFile(path.join(folder, m[2]));
			const made = await sharp(bytes).resize(Number(m[1])).jpeg({ quality: Number(quality) }).toBuffer();
			answer.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': made.length }).end(made);
		} catch (e) {
			answer.writeHead(500).end(String(e));
		}
	}).listen(Number(port), '127.0.0.1');
}
