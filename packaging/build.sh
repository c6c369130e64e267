#!/usr/bin/env bash
# Builds what is handed out, in target/packages/: the program in a tar archive, and a wheel that `pip install` takes.
#
#   packaging/build.sh              a static program, which needs no library of the machine it runs on
#   TARGET=x86_64-unknown-linux-gnu packaging/build.sh     one that needs glibc, of at least the version here
#
# Wants the target (`rustup target add x86_64-unknown-linux-musl`), a C compiler for it (musl-gcc, package musl-tools)
# and a Python with maturin (`pip install maturin`; PYTHON says which). PROFILE=release builds sooner, for a look at the
# scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${TARGET:-x86_64-unknown-linux-musl}
profile=${PROFILE:-dist}
python=${PYTHON:-python3}
built=${CARGO_TARGET_DIR:-target}
out=${OUT:-$built/packages}

# One wheel for every Linux where the program is static; else what maturin finds that it needs.
tags=()
case $target in
  *-musl) tags=(--compatibility manylinux2014 musllinux_1_1) ;;
esac

cargo build --locked --profile "$profile" --target "$target"
version=$("$built/$target/$profile/flanc" --version | cut -d ' ' -f 2)

rm -rf "$out"
mkdir -p "$out"
# The same program gives the same archive: no times, no owners.
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=755 \
  --directory "$built/$target/$profile" flanc | gzip -9n > "$out/flanc-$version-$target.tar.gz"
# maturin calls cargo once more, which finds everything built. It would tie the program to one Python if it found pyo3 in
# Cargo.lock, as big integers of jiter would bring.
"$python" -m maturin build --quiet --profile "$profile" --target "$target" --out "$out" ${tags[@]+"${tags[@]}"}
ls -l "$out"
