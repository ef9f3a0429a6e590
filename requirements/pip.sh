#!/bin/sh
# pip for a python3 that came without it: its wheel out of Debian's own package, into .tools, without root and without
# a change to the system. Prints where it lies.
set -eu
mkdir -p .tools/apt/lists/partial .tools/apt/cache/archives/partial
cd .tools/apt
apt() {
  apt-get -qq -o Dir::State="$PWD" -o Dir::Cache="$PWD/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@" >&2
}
apt update
apt download python3-pip-whl
dpkg-deb -x python3-pip-whl_*.deb .
rm -rf lists cache ./*.deb ./*.bin
ls "$PWD"/usr/share/python-wheels/pip-*.whl
