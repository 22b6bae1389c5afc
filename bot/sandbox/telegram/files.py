"""The files that Telegram keeps, and the links by which they are downloaded."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePath

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.pictures import Rendition
from bot.sandbox.telegram.reading import Upload

# Bot API, getFile: bots can download files of up to 20 MB; the link is good for an hour at least.
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LINK_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. `file_name` is None for a photo; width and height are 0 for a document."""

    file_id: str
    file_unique_id: str
    mime_type: str
    data: bytes = field(repr=False)
    file_name: str | None = None
    width: int = 0
    height: int = 0


Photo = tuple[StoredFile, ...]
Document = StoredFile
Media = Photo | Document


class FileStore:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._media: dict[str, Media] = {}  # by file_id; a photo by the id of each of its sizes
        self._files: dict[str, StoredFile] = {}
        self._by_unique_id: dict[str, StoredFile] = {}
        self._links: dict[str, tuple[StoredFile, float]] = {}
        self._blobs: dict[bytes, bytes] = {}

    def add_photo(self, renditions: Iterable[Rendition]) -> Photo:
        photo = tuple(
            StoredFile(
                file_id=f"AgACAgQAAx{secrets.token_urlsafe(30)}",
                file_unique_id=f"AQAD{secrets.token_urlsafe(9)}",
                mime_type="image/jpeg",
                data=self._shared(rendition.jpeg),
                width=rendition.width,
                height=rendition.height,
            )
            for rendition in renditions
        )
        for size in photo:
            self._keep(size, photo)
        return photo

    def add_document(self, upload: Upload) -> Document:
        document = StoredFile(
            file_id=f"BQACAgQAAx{secrets.token_urlsafe(30)}",
            file_unique_id=f"AgAD{secrets.token_urlsafe(9)}",
            mime_type=upload.mime_type,
            data=self._shared(upload.data),
            file_name=upload.file_name,
        )
        self._keep(document, document)
        return document

    def photo(self, file_id: str) -> Photo:
        """A photo to send again; raises ApiError 400."""
        media = self._known(file_id)
        if not isinstance(media, tuple):
            raise bad_request("can't use file of type Document as Photo")
        return media

    def document(self, file_id: str) -> Document:
        """A document to send again; raises ApiError 400."""
        media = self._known(file_id)
        if isinstance(media, tuple):
            raise bad_request("can't use file of type Photo as Document")
        return media

    def link(self, file_id: str) -> tuple[StoredFile, str]:
        """A file and a path to download it by; raises ApiError 400 (unknown, over 20 MB)."""
        file = self._files.get(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if len(file.data) > LARGEST_DOWNLOAD:
            raise bad_request("file is too big")
        folder = "documents" if file.file_name is not None else "photos"
        suffix = PurePath(file.file_name or "file.jpg").suffix
        path = f"{folder}/file_{len(self._links)}{suffix}"
        self._links[path] = (file, self._clock() + LINK_SECONDS)
        return file, path

    def linked(self, path: str) -> StoredFile | None:
        """What a link leads to, until it expires."""
        file, expires_at = self._links.get(path, (None, 0.0))
        return file if self._clock() < expires_at else None

    def expire_links(self) -> None:
        """As if an hour had passed."""
        self._links = {path: (file, 0.0) for path, (file, _) in self._links.items()}

    def shown(self, file_unique_id: str) -> StoredFile | None:
        return self._by_unique_id.get(file_unique_id)

    def _known(self, file_id: str) -> Media:
        if file_id.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        media = self._media.get(file_id)
        if media is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return media

    def _keep(self, file: StoredFile, media: Media) -> None:
        self._media[file.file_id] = media
        self._files[file.file_id] = self._by_unique_id[file.file_unique_id] = file

    def _shared(self, data: bytes) -> bytes:
        # A load test sends the same picture ten thousand times.
        return self._blobs.setdefault(hashlib.sha256(data).digest(), data)
