"""Pictures made for tests, as bytes. What is in them is told by their names."""
import functools
import io
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw, TiffImagePlugin


def canvas(w=160, h=120, mode='RGB', seed=0):
    """A picture whose every part differs, so that a wrong crop or turn shows: gradients and a mark in each corner."""
    im = Image.new('RGB', (w, h))
    px = im.load()
    for y in range(h):
        for x in range(w):
            px[x, y] = ((x * 255) // max(1, w - 1), (y * 255) // max(1, h - 1), (seed * 37 + x + y) % 256)
    d = ImageDraw.Draw(im)
    k = max(1, min(w, h) // 6)
    d.rectangle([0, 0, k, k], fill=(255, 0, 0))                     # top left red
    d.rectangle([w - 1 - k, 0, w - 1, k], fill=(0, 255, 0))         # top right green
    d.rectangle([0, h - 1 - k, k, h - 1], fill=(0, 0, 255))         # bottom left blue
    d.rectangle([w - 1 - k, h - 1 - k, w - 1, h - 1], fill=(255, 255, 0))
    return im.convert(mode) if mode != 'RGB' else im


def save(im, fmt, **kw):
    b = io.BytesIO()
    im.save(b, fmt, **kw)
    return b.getvalue()


def jpeg(w=160, h=120, seed=0, **kw):
    kw.setdefault('quality', 85)
    return save(canvas(w, h, seed=seed), 'JPEG', **kw)


def png(w=160, h=120, mode='RGB', seed=0, **kw):
    return save(canvas(w, h, mode, seed), 'PNG', **kw)


def png_noise(w=400, h=300):
    """Three bytes a pixel whatever packs it: for what must take its time on the way."""
    return save(Image.merge('RGB', [Image.effect_noise((w, h), 80) for _ in range(3)]), 'PNG')


def png_alpha(w=160, h=120):
    im = canvas(w, h).convert('RGBA')
    im.putalpha(Image.linear_gradient('L').resize((w, h)))
    return save(im, 'PNG')


def png16(w=60, h=40):
    """16-bit grey, written by hand: PIL cannot."""
    rows = b''.join(b'\0' + b''.join(struct.pack('>H', (x * 1000 + y * 37) & 0xffff) for x in range(w)) for y in range(h))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, 0, 0, 0, 0)) + \
        chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png_bomb(side=19000):
    """A valid 1-bit picture of side x side in a few KB."""
    c = zlib.compressobj(9)
    row = b'\0' * (1 + (side + 7) // 8)
    idat = b''.join(c.compress(row) for _ in range(side)) + c.flush()
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 1, 0, 0, 0, 0)) + \
        chunk(b'IDAT', idat) + chunk(b'IEND', b'')


def gif(w=80, h=60, frames=1):
    ims = [canvas(w, h, seed=i * 3).convert('P') for i in range(frames)]
    return save(ims[0], 'GIF', save_all=frames > 1, append_images=ims[1:], duration=100, loop=0) if frames > 1 \
        else save(ims[0], 'GIF')


def webp(w=120, h=90, **kw):
    return save(canvas(w, h), 'WEBP', **kw)


def webp_animated(w=60, h=40, frames=4):
    ims = [canvas(w, h, seed=i * 20) for i in range(frames)]
    return save(ims[0], 'WEBP', save_all=True, append_images=ims[1:], duration=80, loop=0, lossless=True)


def bmp(w=50, h=30):
    return save(canvas(w, h), 'BMP')


def tiff(w=50, h=30):
    return save(canvas(w, h), 'TIFF')


def exif(orientation=None, gps=False, camera=True, thumbnail=False, copyright=None, owner=False):
    """An Exif block. With gps: 48 deg 51' 29.6" N; the strings that must not survive all hold PRIVATE."""
    ex = Image.Exif()
    if camera:
        ex[0x010f] = 'Kamera AG'            # Make
        ex[0x0110] = 'Model 7'
        ex[0x0132] = '2021:05:04 03:02:01'
    if orientation:
        ex[0x0112] = orientation
    if copyright:
        ex[0x8298] = copyright
    sub = {}
    if camera:
        sub[0x9003] = '2021:05:04 03:02:01'     # DateTimeOriginal
        sub[0x829a] = TiffImagePlugin.IFDRational(1, 250)
        sub[0x829d] = TiffImagePlugin.IFDRational(28, 10)
    if owner:
        sub[0xa430] = 'PRIVATE Owner'           # CameraOwnerName
        sub[0xa431] = 'PRIVATE-serial-12345'    # BodySerialNumber
        sub[0x927c] = b'PRIVATE maker note' * 10
    if sub:
        ex[0x8769] = sub
    if gps:
        r = TiffImagePlugin.IFDRational
        ex[0x8825] = {1: 'N', 2: (r(48), r(51), r(296, 10)), 3: 'E', 4: (r(2), r(17), r(402, 10)), 29: '2021:05:04'}
    return ex


@functools.lru_cache(maxsize=None)
def icc():
    """Once a run: lcms writes the second of its making into a profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()


XMP = (b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
       b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
       b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="PRIVATE City"/></rdf:RDF></x:xmpmeta>'
       b'<?xpacket end="w"?>')


def jpeg_private(w=160, h=120, orientation=6, seed=0):
    """A JPEG with everything that must go: GPS, serials, maker note, XMP, IPTC, a comment and trailing bytes."""
    data = jpeg(w, h, seed=seed, exif=exif(orientation, gps=True, owner=True, copyright='Copyright Example').tobytes(), icc_profile=icc())
    xmp = b'http://ns.adobe.com/xap/1.0/\0' + XMP
    app1 = b'\xff\xe1' + struct.pack('>H', len(xmp) + 2) + xmp
    iptc = b'\x1c\x02\x5a\x00\x0cPRIVATE City'
    irb = b'Photoshop 3.0\x008BIM\x04\x04\0\0' + struct.pack('>I', len(iptc)) + iptc + (b'\0' if len(iptc) & 1 else b'')
    app13 = b'\xff\xed' + struct.pack('>H', len(irb) + 2) + irb
    return data[:2] + after_app0(data, app1 + app13) + b'PRIVATE trailing bytes'


def after_app0(data, extra):
    """What follows SOI, with extra put in behind the first segment."""
    n = struct.unpack('>H', data[4:6])[0]
    return data[2:4 + n] + extra + data[4 + n:]


def png_private(w=80, h=60):
    """A PNG with an eXIf chunk (GPS), XMP in iTXt and a text chunk of its owner."""
    base = png(w, h)
    head, rest = base[:33], base[33:]       # signature and IHDR
    ex = exif(1, gps=True, owner=True).tobytes()
    itxt = b'XML:com.adobe.xmp\0\0\0\0\0' + XMP
    return head + chunk(b'eXIf', ex[6:] if ex.startswith(b'Exif') else ex) + chunk(b'iTXt', itxt) + \
        chunk(b'tEXt', b'Author\0PRIVATE Name') + rest + b'PRIVATE trailing'


def webp_private(w=80, h=60):
    ex = exif(1, gps=True, owner=True).tobytes()
    return save(canvas(w, h), 'WEBP', exif=ex, xmp=XMP, quality=80)


def open_(data):
    im = Image.open(io.BytesIO(data))
    im.load()
    return im


def size(data):
    return Image.open(io.BytesIO(data)).size


def corner(im, which):
    """Colour near a corner ("tl", "tr", "bl", "br")."""
    im = im.convert('RGB')
    w, h = im.size
    k = max(1, min(w, h) // 14)
    return im.getpixel(({'l': k, 'r': w - 1 - k}[which[1]], {'t': k, 'b': h - 1 - k}[which[0]]))


def near(a, b, tolerance=60):
    return all(abs(x - y) <= tolerance for x, y in zip(a, b))


RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HTML = b'<!DOCTYPE html><html><body><script>alert(1)</script></body></html>'
PDF = b'%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'
PHP = b'<?php system($_GET["c"]); ?>'
