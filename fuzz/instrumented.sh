#!/bin/sh
# cargo runs this in place of rustc for the packages of the workspace (RUSTC_WORKSPACE_WRAPPER), and only
# for them: what they depend on is the same as in every other build. The flags make libFuzzer see which code
# an input reaches, and what was compared with what. A build script is linked without libFuzzer.
case " $* " in
  *" --crate-name build_script_build "*) exec "$@" ;;
esac
exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
