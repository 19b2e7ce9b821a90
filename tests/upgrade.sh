#!/usr/bin/env bash
# G13: what an older program leaves behind, opened by today's.
#   tests/upgrade.sh make COMMIT NAME SEED PEOPLE ROUNDS   writes tests/upgrade/NAME.lzma
#   tests/upgrade.sh try [COMMIT]                          500 cases and more of that program, and its daemons beside today's for
#                                                          two minutes (JIEXU_MIXED_SECONDS); by default the last release's schema
# The older program is built in target/upgrade/COMMIT, its generator is today's tests/it/upgrade/make.rs. Needs git, xz and
# what tests/run.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
last=54c67ba
root="$PWD"
target="${CARGO_TARGET_DIR:-$root/target}/upgrade"

# Builds the older program and its generator; their paths are in $program and $generator.
older() { # commit
  commit=$(git rev-parse --short=12 "$1^{commit}")
  place="$target/$commit"
  if [ ! -e "$place/.git" ]; then
    mkdir -p "$target"
    git worktree prune
    git worktree add --detach "$place" "$commit" >&2
  fi
  mkdir -p "$place/tests/left"
  cp tests/it/upgrade/left.rs tests/it/upgrade/make.rs "$place/tests/left/"
  ln -sfn ../it/support.rs "$place/tests/left/support.rs"
  ln -sfn ../it/support "$place/tests/left/support"
  cat >"$place/tests/left/main.rs" <<'RUST'
#![allow(dead_code, unused_imports)]
mod left;
mod make;
mod support;

#[test]
fn leaves() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok()).expect("a number");
    let size = make::Size { people: number("JIEXU_PEOPLE"), rounds: number("JIEXU_ROUNDS") as usize };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let commit = std::env::var("JIEXU_COMMIT").expect("a commit");
    let (left, files) = runtime.block_on(make::make(number("JIEXU_SEED").into(), size, commit));
    std::fs::write(std::env::var("JIEXU_WRITE").expect("where to"), left::write(&left, &files)).expect("written");
}
RUST
  export CARGO_TARGET_DIR="$target/built"
  generator=$(cd "$place" && cargo test --locked --no-run --test left 2>&1 | tee >(cat >&2) | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
  case "$generator" in /*) ;; *) generator="$place/$generator" ;; esac
  program="$CARGO_TARGET_DIR/jiexu-$commit"
  # Its own build: the tests' one has fail points.
  (cd "$place" && cargo build --locked --bin jiexu) >&2
  cp "$CARGO_TARGET_DIR/debug/jiexu" "$program"
  if [ -n "$given" ]; then export CARGO_TARGET_DIR="$given"; else unset CARGO_TARGET_DIR; fi
}

leave() { # file, seed, people, rounds
  (cd "$place" && JIEXU_COMMIT="$commit" JIEXU_WRITE="$1" JIEXU_SEED="$2" JIEXU_PEOPLE="$3" JIEXU_ROUNDS="$4" \
    CARGO_MANIFEST_DIR="$place" "$generator" >&2)
}

given="${CARGO_TARGET_DIR:-}"
case "${1:-}" in
  make)
    older "$2"
    leave "$target/$3" "$4" "$5" "$6"
    xz --format=lzma -9e -c "$target/$3" >"tests/upgrade/$3.lzma"
    ls -l "tests/upgrade/$3.lzma"
    ;;
  try)
    older "${2:-$last}"
    leave "$target/many" "${JIEXU_SEED:-5}" 520 200
    export JIEXU_LEFT="$target/many" JIEXU_OLD="$program" JIEXU_UPGRADE_KILLS="${JIEXU_UPGRADE_KILLS:-60}"
    cargo test --locked --test it -- --nocapture upgrade::
    cargo test --locked --test it -- --nocapture --ignored faults::upgrades::
    ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
