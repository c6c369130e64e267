#!/usr/bin/env bash
# Tests what packaging/build.sh made, as somebody meets it who has nothing of ours: the bare program where there is
# nothing but itself, and the wheel in a new environment.
#
#   packaging/test.sh [DIR]         DIR holds the archive and the wheel [default: target/packages]
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-${CARGO_TARGET_DIR:-target}/packages}
archive=$(ls "$out"/flanc-*.tar.gz)
wheel=$(ls "$out"/flanc-*.whl)
python=${PYTHON:-python3}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "error: $*" >&2; exit 1; }

# A small project: one dataset of four rows, one template, one mixture.
mkdir -p "$work/project/rows"
cat > "$work/project/small.flan" <<'END'
cluster nli {}
dataset pairs in nli {
  field premise: text
  field hypothesis: text
  field label: choice { yes no }
  source sample { train { rows jsonl "pairs.jsonl" } }
}
templates pairs for pairs {
  template follows {
    input "{{ premise }} So: {{ hypothesis }}\n{{ options }}"
    target "{{ answer }}"
  }
}
mixture flan { include all }
END
for n in 1 2 3 4; do
  echo "{\"premise\": \"A$n is here.\", \"hypothesis\": \"B$n is here.\", \"label\": \"yes\"}"
done > "$work/project/rows/pairs.jsonl"
printf '[build]\ndata = "rows"\n' > "$work/project/flanc.toml"

# Runs a program (with what stands before it) on the project: version, check, build, verify.
exercise() {
  "$@" --version
  "$@" --project "$project" check
  "$@" --project "$project" -q build --out "$project/out" > "$work/table"
  grep -q '^pairs  *4  *4  *4 ' "$work/table" || fail "$1 built something else: $(cat "$work/table")"
  "$@" verify "$project/out" > "$work/verified"
  rm -rf "$work/project/out"
}

echo "--- the program"
mkdir "$work/bare"
tar --extract --gzip --file "$archive" --directory "$work/bare"
flanc=$work/bare/flanc
[ "$(ls "$work/bare")" = flanc ] || fail "the archive holds more than the program"
ls -l "$flanc"
if command -v readelf > /dev/null; then
  ! readelf --sections "$flanc" | grep -q '\.symtab' || fail "the program is not stripped"
  needs=$(readelf --dynamic "$flanc" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' ')
  echo "needs of the machine: ${needs:-nothing}"
  case $archive in
    *-musl.tar.gz) [ -z "$needs" ] || fail "the program is not static" ;;
  esac
fi

echo "--- the program without any environment"
project=$work/project
(cd / && exercise env -i "$flanc")

# As root, or as one who may play root: a file system that holds the program and the project and nothing else.
play=()
[ "$(id -u)" = 0 ] || play=(unshare --map-root-user)
mkdir "$work/root"
cp "$flanc" "$work/root/flanc"
if "${play[@]}" chroot "$work/root" /flanc --version > /dev/null 2>&1; then
  echo "--- the program alone in a file system"
  mv "$work/project" "$work/root/project"
  ln -s root/project "$work/project"
  project=/project exercise env -i ${play[@]+"${play[@]}"} "$(command -v chroot)" "$work/root" /flanc
  rm "$work/project"
  mv "$work/root/project" "$work/project"
else
  echo "--- not tested alone in a file system: no right to, or it needs libraries"
fi

echo "--- the wheel"
"$python" - "$wheel" <<'END'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
for name in names:
    print(name)
odd = [name for name in names if not name.endswith(("/scripts/flanc", "/METADATA", "/WHEEL", "/RECORD"))]
sys.exit(f"error: the wheel holds {odd}" if odd else 0)
END
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-index --disable-pip-version-check "$wheel"
exercise env -i "$work/venv/bin/flanc"
cmp "$flanc" "$work/venv/bin/flanc" || fail "the wheel and the archive hold different programs"
"$work/venv/bin/pip" uninstall --quiet --yes flanc
[ ! -e "$work/venv/bin/flanc" ] || fail "the wheel leaves its program behind"

echo "--- how soon it answers"
"$python" - "$flanc" <<'END'
import statistics, subprocess, sys, time
taken = []
for _ in range(21):
    begun = time.perf_counter()
    subprocess.run([sys.argv[1], "--help"], stdout=subprocess.DEVNULL, check=True)
    taken.append((time.perf_counter() - begun) * 1000)
middle = statistics.median(taken)
print(f"flanc --help: {middle:.1f} ms (median of {len(taken)})")
sys.exit("error: more than 50 ms" if middle > 50 else 0)
END
echo "all is well"
