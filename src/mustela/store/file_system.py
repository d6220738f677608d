"""What kind of file system a path is on. SQLite's locks can only be trusted on a local one."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

from mustela.store.maintenance_errors import NetworkFileSystem

NETWORK = frozenset(
    """
    9p-drvfs acfs afpfs afs beegfs ceph cifs coda davfs fhgfs ftp fuse.ceph fuse.curlftpfs
    fuse.davfs2 fuse.gcsfuse fuse.glusterfs fuse.goofys fuse.juicefs fuse.mfs fuse.rclone fuse.s3fs
    fuse.sshfs gfs gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs panfs pvfs2 smb2 smb3
    smbfs webdav
    """.split()  # noqa: SIM905  # read as words
)

MOUNTS = Path("/proc/self/mountinfo")


def file_system_type(path: Path) -> str | None:
    """The type's name (``ext4``, ``nfs4``, ``apfs``) of the mount that holds ``path``, if known."""
    mounts = _linux_mounts() if MOUNTS.exists() else _mac_mounts()
    resolved = path.resolve()
    inside = [
        (len(mount.parts), n) for n, (mount, _) in enumerate(mounts) if _holds(mount, resolved)
    ]
    return mounts[max(inside)[1]][1] if inside else None  # of two at one place the later one counts


def refuse_network(path: Path) -> None:
    """Raise ``NetworkFileSystem``, with the reason, for a database on a network file system."""
    kind = file_system_type(path)
    if kind in NETWORK:
        raise NetworkFileSystem(
            f"{path} is on a network file system ({kind}). SQLite needs locks and shared memory"
            " that only a local disk gives; on a network acknowledged writes can be lost. Put the"
            " data directory on a local disk (--data-dir), or use PostgreSQL (--database-url)."
        )


def _holds(mount: Path, path: Path) -> bool:
    return path == mount or mount in path.parents


def _linux_mounts() -> list[tuple[Path, str]]:
    mounts = []
    for line in MOUNTS.read_text(errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        place = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), before.split(" ")[4])
        kind, *rest = after.split(" ")
        if kind == "9p" and any("drvfs" in word for word in rest):
            kind = "9p-drvfs"  # Windows disks seen from WSL
        mounts.append((Path(place), kind))
    return mounts


def _mac_mounts() -> list[tuple[Path, str]]:
    if platform.system() != "Darwin":
        return []
    listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^.* on (.*?) \((\w+)[,)]", listed, flags=re.MULTILINE)
    return [(Path(place), kind) for place, kind in found]
