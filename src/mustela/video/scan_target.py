"""Videos as the scan sees them."""

from __future__ import annotations

from mustela.files.scanned_target import AsyncScannedRepository, ScannedTarget
from mustela.video.extensions import EXTENSIONS
from mustela.video.probed import Probe


class VideoScanTarget(ScannedTarget):
    """See :class:`~mustela.files.scan_target.ScanTarget`."""

    def __init__(self, videos: AsyncScannedRepository) -> None:
        super().__init__(
            videos, extensions=EXTENSIONS, examine="mustela.video.probe:probe", details=Probe
        )
