"""A node that is killed while photos are on their way loses none of them, shows no face, and keeps no original."""

from __future__ import annotations

import io
import json
import select
from pathlib import Path

from face_scenes import close_up
from PIL import Image, ImageEnhance

from kaiteki.main.faces import find_faces
from node_under_test import Answer, NodeUnderTest, start_node, stop_node

LIVES_S = (0.0, 1.0)
"""How long a node lives after its last answer."""
ASKS_MAX = 10
"""Each waits for a picture that is being prepared."""


def face_photo(number: int) -> bytes:
    """A photo of a person, each number another."""
    out = io.BytesIO()
    person = ImageEnhance.Brightness(close_up("admiral", 500).image).enhance(0.8 + number / 20)
    person.save(out, "JPEG", quality=90)
    return out.getvalue()


def report(node: NodeUnderTest, content: bytes) -> None:
    """Send a report with a photo, as any program may."""
    fields = {"service_code": "park", "lat": "35.358", "long": "141.05"}
    body = b"".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    head = b'--x\r\ncontent-disposition: form-data; name="media"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n'
    answer = node.ask(
        "POST",
        "/demo/open311/v2/requests.json",
        body + head + content + b"\r\n--x--\r\n",
        {"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status == 201, answer.body


def shown(node: NodeUnderTest, path: str) -> Answer:
    """The picture, once it is ready."""
    for _ in range(ASKS_MAX):
        answer = node.ask("GET", path)
        if answer.status != 202:
            return answer
        assert answer.headers["content-type"] == "image/svg+xml"
    raise AssertionError(f"{path} is never ready")


def test_a_kill_loses_no_photo_and_shows_no_face(tmp_path: Path) -> None:
    node = start_node(tmp_path / "data", areas=("demo",))
    try:
        for turn, life_s in enumerate(LIVES_S):
            for number in range(2):
                report(node, face_photo(2 * turn + number))
            select.select([], [], [], life_s)
            node.kill()
            node = start_node(tmp_path / "data", areas=("demo",))
        told = json.loads(node.ask("GET", "/demo/open311/v2/requests.json").body)
        paths = ["/demo/files/" + one["media_url"].rsplit("/", 1)[1] for one in told]
        assert len(set(paths)) == 2 * len(LIVES_S)
        finder = find_faces()
        assert finder is not None
        for path in paths:
            answer = shown(node, path)
            assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
            with Image.open(io.BytesIO(answer.body)) as opened:
                image = opened.convert("RGB")
            assert list(finder.find(image.tobytes(), image.width, image.height)) == []
        assert [file for file in (tmp_path / "data" / "received").rglob("*") if file.is_file()] == []
    finally:
        stop_node(node)
