"""Which file names are products of radio astronomy. Directories are known by what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from mustela.files.scan_target import FileKind

#: FITS files, also compressed in tiles or by gzip.
FITS_ENDINGS = ("fits", "fit", "fts", "imfits", "fz")
GZIP_ENDINGS = ("fits.gz", "fit.gz", "fts.gz", "imfits.gz")
#: And visibilities.
READ = (*FITS_ENDINGS, *GZIP_ENDINGS, "uvfits", "uvfits.gz", "uvh5")

#: Of the kind, but not read: other compressions, and formats of other packages.
UNSUPPORTED = """
fits.bz2 fit.bz2 fits.xz fits.zip fits.z fits.zst fidb h5parm sdfits ms.tar ms.tar.gz ms.tgz
"""

EXTENSIONS: Mapping[str, FileKind] = {
    **dict.fromkeys(READ, "candidate"),
    **dict.fromkeys(UNSUPPORTED.split(), "unsupported"),
}
