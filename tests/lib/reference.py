"""
Pictures as they should look, without any code of ours: Pillow decodes (vips what Pillow cannot), lcms2 or plain arithmetic
brings the colours to sRGB, numpy and Pillow's Lanczos do the steps. Everything is a float array of RGBA, 0 to 255.
"""
import io
import os
import re
import shutil
import struct
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile('sRGB')


class Unknown(Exception):
    """There is no reference for this file, and why."""


# Decoding

def by_vips(data, suffix):
    if not shutil.which('vips'):
        raise Unknown('Pillow cannot read %s and there is no vips' % suffix)
    with tempfile.TemporaryDirectory() as d:
        src, dst = os.path.join(d, 'in' + suffix), os.path.join(d, 'out.png')
        with open(src, 'wb') as f:
            f.write(data)
        p = subprocess.run(['vips', 'copy', src, dst], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        if p.returncode or not os.path.exists(dst):
            raise Unknown('vips: %s' % p.stdout.decode('utf-8', 'replace')[:80])
        im = Image.open(dst)
        im.load()
    if im.mode == 'I':
        raise Unknown('16 bits through vips')
    return im


def decode(data, suffix):
    """A Pillow image, upright, with its info."""
    if suffix in ('.heic', '.avif', '.heif'):
        im = by_vips(data, suffix)
        im.info.pop('exif', None)       # the container has turned it already
        return im
    try:
        im = Image.open(io.BytesIO(data))
        im.load()
    except Exception as e:
        raise Unknown('Pillow: %r' % e)
    info, kind = dict(im.info), im.format
    if im.mode == 'P' and kind == 'GIF' and 'transparency' not in info:
        im = im.convert('RGB')
    try:
        im = ImageOps.exif_transpose(im)
    except ValueError as e:
        raise Unknown('Pillow: %r' % e)
    for k in ('icc_profile', 'gamma', 'chromaticity', 'srgb', 'transparency'):
        if k in info:
            im.info[k] = info[k]
    return im


def rgba_of(im):
    """Float RGBA in the picture's own RGB (or grey), and 8-bit alpha."""
    if im.mode in ('I;16', 'I;16B', 'I'):
        v = np.asarray(im, np.float64)
        v = v / 257 if v.max() > 255 else v
        return np.stack([v, v, v, np.full_like(v, 255)], -1)
    return np.asarray(im.convert('RGBA'), np.float64)


# Colour

def by_profile(im, icc):
    """Through lcms2, as a picture is shown: perceptual."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        space = profile.profile.xcolor_space.strip()
    except Exception:
        return None
    alpha = None
    if im.mode in ('P', 'PA', '1') or 'transparency' in im.info:
        im = im.convert('RGBA')
    if im.mode in ('RGBA', 'LA'):
        alpha = im.getchannel('A')
        im = im.convert('RGB' if im.mode == 'RGBA' else 'L')
    if im.mode in ('I;16', 'I;16B', 'I'):
        im = Image.fromarray((np.asarray(im, np.float64) / 257 + 0.5).astype(np.uint8), 'L')
    if space == 'GRAY' and im.mode == 'RGB':
        im = im.convert('L')
    if space == 'RGB' and im.mode == 'L':
        im = im.convert('RGB')
    if {'RGB': 'RGB', 'GRAY': 'L', 'CMYK': 'CMYK'}.get(space) != im.mode:
        return None             # a profile of another kind than the picture: of no use
    try:
        out = ImageCms.profileToProfile(im, profile, SRGB, renderingIntent=0, outputMode='RGB')
    except ImageCms.PyCMSError:
        return None
    a = np.asarray(out.convert('RGBA'), np.float64)
    if alpha is not None:
        a[..., 3] = np.asarray(alpha, np.float64)
    return a


def matrix(x):
    """RGB to XYZ of white and primaries x: wx wy rx ry gx gy bx by."""
    xyz = np.array([[x[2 * i + 2] / x[2 * i + 3], 1, (1 - x[2 * i + 2] - x[2 * i + 3]) / x[2 * i + 3]] for i in range(3)]).T
    white = np.array([x[0] / x[1], 1, (1 - x[0] - x[1]) / x[1]])
    return xyz * np.linalg.solve(xyz, white), white


BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
D65 = XYZ.sum(1)


def encode_srgb(v):
    v = np.clip(v, 0, 1)
    return 255 * np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)


def by_gamma(a, gamma, primaries):
    """PNG's gAMA and cHRM."""
    v = (a[..., :3] / 255) ** (1 / gamma)
    if primaries:
        m, white = matrix(primaries)
        adapt = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D65) / (BRADFORD @ white)) @ BRADFORD
        v = v @ (np.linalg.inv(XYZ) @ adapt @ m).T
    return np.concatenate([encode_srgb(v), a[..., 3:]], -1)


def has_chunk(data, name):
    return data[:8] == b'\x89PNG\r\n\x1a\n' and re.search(name, data[:data.find(b'IDAT')]) is not None


def srgb_like(p):
    return all(abs(a - b) < 0.003 for a, b in zip(p, (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)))


def same(a):
    return a


def parts(data, suffix):
    """The whole picture in its own colours, and what makes them right; or Unknown."""
    if has_chunk(data, b'cICP'):
        raise Unknown('a PNG with cICP')
    im = decode(data, suffix)
    icc = im.info.get('icc_profile')
    if icc:
        a = by_profile(im, icc)
        if a is not None:
            return a, same
    if im.mode in ('LAB', 'YCbCr', 'F', 'HSV'):
        raise Unknown('Pillow mode ' + im.mode)
    a = rgba_of(im)
    if suffix in ('.avif', '.heic', '.heif'):
        return by_code_points(a, data), same
    gamma, p = im.info.get('gamma'), im.info.get('chromaticity')
    if data[:4] == b'\x89PNG' and not icc and 'srgb' not in im.info and gamma and (abs(gamma - 0.45455) > 0.005 or (p and not srgb_like(p))):
        return a, lambda b: by_gamma(b, gamma, p)
    return a, same


def load(data, suffix):
    """The whole picture as it should look."""
    a, convert = parts(data, suffix)
    return convert(a)


P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def by_code_points(a, data):
    """AVIF and HEIC without a profile: primaries and transfer in a box. High dynamic range has no one right answer."""
    at = data.find(b'colrnclx')
    if at < 0:
        return a
    primaries, transfer = struct.unpack('>HH', data[at + 8:at + 12])
    if transfer not in (1, 2, 6, 13, 14, 15) or primaries == 9:
        raise Unknown('transfer %d, primaries %d' % (transfer, primaries))
    if primaries != 12:
        return a
    m, _ = matrix(P3)
    v = a[..., :3] / 255
    lin = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return np.concatenate([encode_srgb(lin @ (np.linalg.inv(XYZ) @ m).T), a[..., 3:]], -1)


# Steps

def scaled(a, w, h):
    """Lanczos with the colours premultiplied, each channel in floats."""
    w, h = max(1, w), max(1, h)
    if (a.shape[1], a.shape[0]) == (w, h):
        return a
    opaque = (a[..., 3] == 255).all()
    k = a[..., 3:] / 255
    p = a if opaque else np.concatenate([a[..., :3] * k, a[..., 3:]], -1)
    out = np.stack([np.full((h, w), 255.) if opaque and c == 3 else
                    np.asarray(Image.fromarray(p[..., c].astype(np.float32), 'F').resize((w, h), Image.LANCZOS), np.float64) for c in range(4)], -1)
    if not opaque:
        k = np.clip(out[..., 3:], 0, 255) / 255
        out[..., :3] = np.where(k > 0, out[..., :3] / np.maximum(k, 1e-6), 0)
    return np.clip(out, 0, 255)


def half_up(a, num, den):
    return max(1, (2 * a * num + den) // (2 * den))


# What counts

def over(a, grey=128.0):
    """Laid on grey, so that alpha is seen as well."""
    k = a[..., 3:] / 255
    return a[..., :3] * k + grey * (1 - k)


def lab(rgb):
    v = rgb / 255
    lin = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    t = (lin @ XYZ.T) / D65
    f = np.where(t > 216 / 24389, np.cbrt(np.maximum(t, 1e-12)), (24389 / 27 * t + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def delta_e(a, b, where=None):
    """Mean CIE76 difference of two float RGBA pictures of one size."""
    d = np.sqrt(((lab(over(a)) - lab(over(b))) ** 2).sum(-1))
    return float(d.mean() if where is None else d[where].mean())
