"""What a program writes and removes, and what it is given, as it sees them; nothing of it real."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unstuck.capture.surroundings.overlay import Overlay


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "logs").mkdir(parents=True)
    (folder / "model.h5").write_text("trained")
    (folder / "logs" / "old").write_text("old")
    return folder


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    return Overlay(tmp_path / "check")


def test_what_is_written_is_read_again_and_the_real_file_stays(
    home: Path, overlay: Overlay
) -> None:
    Path(overlay.writing(home / "model.h5")).write_text("untrained")
    assert Path(overlay.reading(home / "model.h5")).read_text() == "untrained"
    assert (home / "model.h5").read_text() == "trained"


def test_appending_begins_with_what_is_there(home: Path, overlay: Overlay) -> None:
    with Path(overlay.writing(home / "model.h5", keep=True)).open("a") as file:
        file.write(" more")
    assert Path(overlay.reading(home / "model.h5")).read_text() == "trained more"


def test_what_is_removed_is_gone_for_the_program_only(home: Path, overlay: Overlay) -> None:
    overlay.remove(home / "logs", os.rmdir)
    with pytest.raises(FileNotFoundError):
        overlay.reading(home / "logs" / "old")
    assert overlay.names(home, os.listdir) == ["model.h5"]
    assert (home / "logs" / "old").is_file()
    with pytest.raises(FileNotFoundError):
        overlay.writing(home / "logs" / "new")


def test_a_folder_lists_what_was_written_to_it(home: Path, overlay: Overlay) -> None:
    Path(overlay.writing(home / "logs" / "new")).write_text("")
    assert overlay.names(home / "logs", os.listdir) == ["new", "old"]


def test_downloads_are_kept(home: Path, overlay: Overlay) -> None:
    Path(overlay.writing(home / "logs" / "mnist.npz")).write_text("real")
    Path(overlay.writing(home / "other")).write_text("")
    overlay.settle([home / "logs"])
    assert (home / "logs" / "mnist.npz").read_text() == "real"
    assert not (home / "other").exists()


@pytest.mark.parametrize(
    ("name", "opened", "given"),
    [
        ("housing.csv", "housing.csv", ""),
        ("housing.csv", "/content/drive/My Drive/housing.csv", ""),
        ("data/housing.csv", "../data/housing.csv", ""),
        ("images", "images/cats/1.png", "/cats/1.png"),
        ("housing.csv", "old_housing.csv", None),
        ("a/housing.csv", "b/housing.csv", None),
    ],
)
def test_given_files_go_by_the_end_of_the_path(
    tmp_path: Path, name: str, opened: str, given: str | None
) -> None:
    overlay = Overlay(tmp_path / "check", {name: Path("/elsewhere/here")})
    found = overlay.reading(opened)
    assert found == (opened if given is None else f"/elsewhere/here{given}")
    assert (name in overlay.used) == (given is not None)


def test_a_program_that_is_watched_writes_its_own_files(home: Path, tmp_path: Path) -> None:
    overlay = Overlay(tmp_path / "check", contained=False)
    assert overlay.writing(home / "model.h5") == home / "model.h5"
