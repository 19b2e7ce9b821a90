#!/usr/bin/env bash
# The longer proof, beside tests/run.sh, built for speed: 5,000 seeds of the simulation, 2,000 random walks, and every story
# with a crash at every boundary between two steps.
# JIEXU_SEEDS=20000 tests/long.sh takes more. Needs what tests/run.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
export JIEXU_SEEDS="${JIEXU_SEEDS:-5000}" JIEXU_WALKS="${JIEXU_WALKS:-2000}"
JIEXU_EVERY_CRASH=1 cargo test --release --locked --test it -- --nocapture simulation::whatever walk:: scenarios::
