"""Which file names are products of radio astronomy. Directories are known by what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from mustela.files.scan_target import FileKind

#: FITS files, also compressed by gzip or in tiles, and visibilities.
READ = """
fits fit fts imfits fz fits.gz fit.gz fts.gz imfits.gz uvfits uvfits.gz uvh5
"""

#: Of the kind, but not read: other compressions, and formats of other packages.
UNSUPPORTED = """
fits.bz2 fit.bz2 fits.xz fits.zip fits.z fits.zst fidb h5parm sdfits ms.tar ms.tar.gz ms.tgz
"""

EXTENSIONS: Mapping[str, FileKind] = {
    **dict.fromkeys(READ.split(), "candidate"),
    **dict.fromkeys(UNSUPPORTED.split(), "unsupported"),
}
