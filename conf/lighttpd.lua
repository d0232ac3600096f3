-- Is there a file for this variant? Then the request goes on as one for /_v/..., below cache.dir.
-- Names hold no dot and no percent sign, so that nothing leaves the folder.
local cache = "@CACHE@/v/"
local attr = lighty.r.req_attr

local function plain(steps)
	return #steps <= 200 and steps:match("^[%w,_/-]+$") and not steps:match("//") and
	    not steps:match("^/") and not steps:match("/$")
end

local function try(name)
	local st = lighty.c.stat(cache .. name)
	if st and st.is_file then
		attr["request.uri"] = "/_v/" .. name
		return true
	end
end

local path = attr["uri.path"]
if path:match("^/_v/") then
	-- Only we may ask for that; the address the client sent stays in request.orig-uri.
	if attr["request.orig-uri"]:match("^/_v/") then
		return 404
	end
	-- The validator that the program gives, so that it does not change from one request to the next.
	local st = lighty.c.stat(cache .. path:sub(5))
	if st then
		lighty.r.resp_header["ETag"] = string.format('"%x-%x"', st.st_mtime, st.st_size)
	end
	return 0
end

local method = attr["request.method"]
if method ~= "GET" and method ~= "HEAD" then
	return 0
end

local id, rest = path:match("^/i/(%w+)(.*)$")
if not id or #id ~= 14 then
	return 0
end
local folder = id:sub(13) .. "/" .. id .. "/"

if rest == "" then
	local steps = (attr["uri.query"] or ""):match("^x%-oss%-process=image/(.+)$")
	if steps and plain(steps) then
		for _, ext in ipairs({ "jpg", "png", "webp", "gif", "avif", "bmp", "tiff", "heic" }) do
			if try(folder .. "q/" .. steps .. "." .. ext) then
				return lighty.RESTART_REQUEST
			end
		end
	end
else
	local steps, ext = rest:match("^/(.+)%.(%l+)$")
	if steps and plain(steps) and try(folder .. "p/" .. steps .. "." .. ext) then
		return lighty.RESTART_REQUEST
	end
end
return 0
