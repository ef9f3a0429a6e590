"""What upscaling costs: processor seconds a frame of 512 × 288, doubled, a backend a row. Run by hand with -s.

.venv/bin/python -m pytest -n 0 -s tests/benchmarks/test_upscaling.py
"""

import resource

import pytest

from cocreation import pieces, upscaling
from cocreation.media import looking
from cocreation.upscaling.esrgan import Esrgan
from cocreation.upscaling.lanczos import Lanczos
from tests.cocreation.drawing import film

FRAMES = {"lanczos": 60, "realesr-animevideov3": 4}


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def a_frame(backend, frames, folder):
    """Processor seconds a frame, all of the way: decoding, enlarging, coding, counting."""
    pattern = ("-c:v", "libx264", "-qp", "12")
    source = film(folder, size="512x288", rate=20, seconds=frames / 20, more=pattern)
    seen = looking.look(source)
    before = spent()
    upscaling.upscale(
        source,
        folder / "out.mp4",
        seen=seen,
        digest="0" * 64,
        size=(1024, 576),
        backend=backend,
        store=pieces.Store(folder / "chunks", shared=False),
    )
    return (spent() - before) / frames


def test_lanczos_costs_a_few_hundredths_of_a_second(tmp_path):
    cost = a_frame(Lanczos(), FRAMES["lanczos"], tmp_path)
    print(f"\nlanczos/2: {cost:.3f} CPU s a frame")
    assert cost < 0.2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_esrgan_costs_seconds(tmp_path):
    backend = Esrgan("realesr-animevideov3")
    trouble = backend.available()
    if trouble:
        pytest.skip(trouble)
    cost = a_frame(backend, FRAMES["realesr-animevideov3"], tmp_path)
    print(f"\n{backend.name}: {cost:.2f} CPU s a frame")
    assert cost < 60


def test_a_hostile_file_costs_less_than_two_seconds(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n")
    before = spent()
    assert looking.look(path).refusal == {"code": "not_a_video"}
    print(f"\na playlist: {spent() - before:.2f} CPU s")
    assert spent() - before < 2
