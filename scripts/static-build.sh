# What scripts/build and scripts/dist share; sourced by both, in the project's folder.
# shellcheck shell=bash

mapfile -t modules < <(scripts/modules)
packages=()
for module in "${modules[@]}"; do
  packages+=(--package "${module//_/-}")
done

# Fully static: one file that runs wherever Ansible copies it. It is copied on every task, so what only costs size
# goes: position independence takes a table of relocations, and what unwinds the stack is never asked (a panic
# aborts). Where this machine keeps cargo's sources is nobody's business, and differs from one to the next.
#
# They must be used with --target: only then do they not hold for procedural macros, which cannot be static.
static_flags="${RUSTFLAGS:-} -C target-feature=+crt-static -C relocation-model=static -C force-unwind-tables=no"
static_flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"

# has_target TARGET: whether this toolchain comes with the standard library for it.
has_target() {
  local library
  library=$(rustc --print target-libdir --target "$1" 2>/dev/null) && [ -d "$library" ]
}

# obtain_target TARGET: has it, or gets it through rustup, where there is one and a network lets it.
obtain_target() {
  if ! has_target "$1" && command -v rustup >/dev/null; then
    RUSTUP_MAX_RETRIES=0 timeout 60 rustup target add "$1" >/dev/null 2>&1 || true
  fi
  has_target "$1"
}

# build_here TARGET [ARGUMENT…]: an ordinary build, for the architecture of this machine.
build_here() {
  local target=$1
  shift
  # One of the libraries (ring) has some C in it, which needs nothing of a C library but a few declarations. Without
  # a compiler for musl, the machine's own does, unless it puts calls to glibc's checks into what it compiles.
  if [[ $target == *-musl ]] && ! command -v musl-gcc "${target%%-*}-linux-musl-gcc" >/dev/null; then
    local name=${target//-/_}
    local compiler=CC_$name flags=CFLAGS_$name
    declare -gx "$compiler=${!compiler:-cc}" "$flags=${!flags:--U_FORTIFY_SOURCE}"
  fi
  RUSTFLAGS=$static_flags cargo build --release --locked --target "$target" "${packages[@]}" "$@"
}
