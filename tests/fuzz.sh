#!/usr/bin/env bash
# G15: every reader of foreign bytes, guided by coverage: tests/fuzz.sh [seconds for each target, default 60] [target …]
# What is found stands in target/fuzz/fuzzing/found; a finding goes to tests/corpus/fuzz/<target>, where the suite tries it for ever.
# Needs a C++ compiler, for libFuzzer.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-60}"
shift || true
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(frame scan body csv camt config directory calendar)
begun=$SECONDS
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/fuzz"

. deploy/install.sh
command -v c++ >/dev/null || install_packages g++
need_cargo

# What nightly's sanitizers would ask of the compiler, the stable one does as well. No `--cfg fuzzing`: libraries leave out
# checks of signatures under it. With a target, build scripts and macros stay as they are.
host=$(rustc -vV | sed -n 's/^host: //p')
flags="-Cpasses=sancov-module -Ccodegen-units=1 -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
RUSTFLAGS="$flags" cargo build --release --locked --target "$host" --manifest-path tests/fuzz/Cargo.toml
program="$CARGO_TARGET_DIR/$host/release/jiexu-fuzz"

place="$CARGO_TARGET_DIR/fuzzing"
seed="${JIEXU_SEED:-$RANDOM}"
rm -rf "$place/seeds"
JIEXU_FUZZ_SEEDS="$place/seeds" "$program" >"$place.log" 2>&1 || { cat "$place.log" >&2; exit 1; }
executions=0
findings=0
highest=0
for target in "${targets[@]}"; do
  # What earlier runs learned stays in `learned`.
  mkdir -p "$place/learned/$target" "$place/found/$target"
  folders=("$place/learned/$target" "$place/seeds/$target")
  [ ! -d "tests/corpus/fuzz/$target" ] || folders+=("tests/corpus/fuzz/$target")
  # Comparisons of texts are not traced: the words of the seeds stand in for that.
  cat "$place/seeds/$target"/* | { grep -aoE '[A-Za-z_][A-Za-z0-9_.-]{2,30}' || true; } | sort -u | head -n 400 |
    sed 's/.*/"&"/' >"$place/words"
  log="$place/$target.log"
  status=0
  JIEXU_FUZZ_TARGET="$target" "$program" "${folders[@]}" -max_total_time="$seconds" -rss_limit_mb=256 -timeout=60 \
    -seed="$seed" -dict="$place/words" -artifact_prefix="$place/found/$target/" -print_final_stats=1 >"$log" 2>&1 || status=$?
  figure() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
  runs=$(figure number_of_executed_units)
  peak=$(figure peak_rss_mb)
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  verdict="无发现 / nothing found"
  if [ "$status" != 0 ]; then
    findings=$((findings + 1))
    verdict="有发现 / FOUND, see $log"
    { grep -aE 'panicked|ERROR|^SUMMARY|Test unit written' -A 2 || true; } <"$log" | head -n 20 >&2
  fi
  printf '%-10s %10d 次 / executions, %5d 处 / edges, %4d MB, %s\n' \
    "$target" "${runs:-0}" "${coverage:-0}" "${peak:-0}" "$verdict"
  executions=$((executions + ${runs:-0}))
  if [ "${peak:-0}" -gt "$highest" ]; then highest=$peak; fi
done

printf '{"goal":"G15","seed":%d,"commit":"%s","conditions":"%d cores, release build with assertions, libFuzzer guided by coverage, %d s a target, at most 256 MB","count":%d,"violations":%d,"targets":%d,"peak_rss_mb":%d,"seconds":%d}\n' \
  "$seed" "$(git describe --always --dirty)" "$(nproc)" "$seconds" "$executions" "$findings" "${#targets[@]}" "$highest" \
  "$((SECONDS - begun))"
[ "$findings" = 0 ]
