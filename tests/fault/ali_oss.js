// npm's ali-oss against the tests' OSS server: reads what tintype wrote, writes what tintype shall read. Run by test_oss_server.py.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const http = require('http');
const OSS = require('ali-oss');

// The bucket in the host's name, as the client signs no address of an IP: all names of localhost are here.
const lookup = dns.lookup;
dns.lookup = (host, ...more) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...more);

const e = process.env;
const v4 = e.VERSION === 'v4';
const client = new OSS({ endpoint: 'http://oss.localhost:' + e.PORT, accessKeyId: e.KEY, accessKeySecret: e.SECRET, bucket: 'pics',
	region: 'oss-' + e.REGION, authorizationV4: v4 });
const sha = (data) => crypto.createHash('sha256').update(data).digest('hex');
const get = (url) => new Promise((ok, no) => http.get(url, (r) => {
	const all = [];
	r.on('data', (d) => all.push(d)).on('end', () => ok([r.statusCode, Buffer.concat(all)]));
}).on('error', no));

async function refused(what, code) {
	await assert.rejects(what, (err) => err.code === code || assert.fail(err.code + ' instead of ' + code + ': ' + err.message));
}

async function main() {
	// What tintype wrote.
	let r = await client.get(e.OURS);
	assert.strictEqual(sha(r.content), e.OURS.slice(2));
	assert.strictEqual(r.res.headers['content-type'], 'image/jpeg');
	assert.strictEqual(r.res.headers['x-oss-meta-sha256'], e.OURS.slice(2));
	r = await client.head(e.LARGE);
	assert.strictEqual(Number(r.res.headers['content-length']), fs.statSync(e.LARGE_FILE).size);
	assert.strictEqual(r.meta.sha256, e.LARGE.slice(2));
	r = await client.get(e.LARGE);
	assert.strictEqual(sha(r.content), e.LARGE.slice(2));
	r = await client.get('p/x.json');
	assert.strictEqual(r.content.toString(), '{"a":1}');
	assert.strictEqual(r.res.headers['content-type'], 'application/json');
	r = await client.get(e.OURS, { headers: { Range: 'bytes=1-3' } });
	assert.strictEqual(r.res.status, 206);
	assert.strictEqual(r.content.length, 3);
	r = await client.listV2({ prefix: 'o/', 'max-keys': 1 });
	assert.ok(r.isTruncated && r.objects.length === 1);
	r = await client.listV2({ prefix: 'o/', 'max-keys': 1, 'continuation-token': r.nextContinuationToken });
	assert.ok(!r.isTruncated && r.objects.length === 1);
	// An address that tintype signed, and one of the client's own; the same with a letter changed.
	assert.deepStrictEqual([(await get(e.URL))[0], (await get(e.URL.replace('/o/', '/q/')))[0]], [200, 403]);
	const mine = v4 ? await client.signatureUrlV4('GET', 300, { headers: {} }, e.OURS) : client.signatureUrl(e.OURS, { expires: 300 });
	const [status, body] = await get(mine);
	assert.strictEqual(status, 200, body.toString());
	assert.strictEqual(sha(body), e.OURS.slice(2));
	// What tintype shall read, at once and in parts.
	const small = Buffer.concat([Buffer.from('GIF89a'), crypto.randomBytes(5000)]);
	await client.put('o/' + sha(small), small, { headers: { 'Content-MD5': crypto.createHash('md5').update(small).digest('base64') } });
	const large = fs.readFileSync(e.LARGE_FILE).subarray(0, 5 << 20);
	const key = 'o/' + sha(large);
	await client.multipartUpload(key, large, { partSize: 1 << 20 });
	// Errors in the service's words.
	await refused(client.put(key, small, { headers: { 'x-oss-forbid-overwrite': 'true' } }), 'FileAlreadyExists');
	await refused(client.put('x', small, { headers: { 'Content-MD5': 'eB5eJF1ptWaXm4bijSPyxw==' } }), 'InvalidDigest');
	await refused(client.get('o/nothing'), 'NoSuchKey');
	await refused(new OSS({ ...client.options, accessKeySecret: 'wrong' }).get(key), 'SignatureDoesNotMatch');
	await refused(new OSS({ ...client.options, accessKeyId: 'wrong' }).get(key), 'InvalidAccessKeyId');
	await refused(new OSS({ ...client.options, bucket: 'none-such' }).get(key), 'NoSuchBucket');
	await refused(new OSS({ ...client.options, stsToken: 'wrong' }).get(key), 'InvalidSecurityToken');
	const sts = new OSS({ ...client.options, accessKeyId: 'STS.temp', accessKeySecret: 'tempsecret', stsToken: 'a+session/token=' });
	assert.strictEqual((await sts.get(e.OURS)).res.status, 200);
	// Copies, and deletes of many.
	await client.copy('c/1', key);
	await client.copy('c/2', key);
	assert.strictEqual(sha((await client.get('c/2')).content), key.slice(2));
	await client.deleteMulti(['c/1', 'c/2'], { quiet: true });
	assert.deepStrictEqual((await client.listV2({ prefix: 'c/' })).objects || [], []);
	console.log(key + ' ' + large.length);
	console.log('o/' + sha(small) + ' ' + small.length);
	console.log('well');
}
main().catch((err) => {
	console.log(err);
	process.exit(1);
});
