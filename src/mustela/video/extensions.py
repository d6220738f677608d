"""Which file names are footage."""

from __future__ import annotations

from collections.abc import Mapping

from mustela.files.scan_target import FileKind

#: Containers that FFmpeg reads and that hold video.
READ = """
3g2 3gp 3gpp amv asf avi divx dv dvr-ms f4v flv gxf h264 h265 hevc ivf m1v m2p m2t m2ts m2v m4v
mj2 mjpeg mjpg mk3d mkv mov mp2v mp4 mpe mpeg mpg mpv mts mxf nut ogm ogv ogx qt rm rmvb roq ts
vob vro webm wmv wtv y4m
"""

#: Footage that it does not read: camera raw, disc images, and the like.
UNSUPPORTED = "ari arx braw cine crm dav dpx iso ismv mcf nev nraw pds r3d swf trec veg wlmp"

EXTENSIONS: Mapping[str, FileKind] = {
    **dict.fromkeys(READ.split(), "candidate"),
    **dict.fromkeys(UNSUPPORTED.split(), "unsupported"),
}
