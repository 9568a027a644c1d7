# What scripts/build and scripts/dist share; sourced by both, in the project's folder.
# shellcheck shell=bash

mapfile -t modules < <(scripts/modules)
target_folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")
packages=(--package mist-modules --bins)

# Fully static: one file that runs wherever Ansible copies it. It is copied on every task, so what only costs size
# goes: position independence takes a table of relocations, and what unwinds the stack is never asked (a panic
# aborts). Where this machine keeps sources is nobody's business, and differs from one to the next.
#
# They must be used with --target: only then do they not hold for procedural macros, which cannot be static.
sysroot=$(rustc --print sysroot)
static_flags="${RUSTFLAGS:-} -C target-feature=+crt-static -C relocation-model=static -C force-unwind-tables=no"
static_flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$sysroot/lib/rustlib/src=rust"

# The linker that comes with rustup's toolchains leaves out what scripts/no-unwinding.ld says; GNU's refuses to.
lld=$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
discarding_flags=
if [ -x "$lld/ld.lld" ]; then
  discarding_flags="-C link-arg=-fuse-ld=lld -C link-arg=-B$lld"
  discarding_flags+=" -C link-arg=-Wl,--no-eh-frame-hdr -C link-arg=-Wl,-T,scripts/no-unwinding.ld"
fi

# The standard library is built as well where there are its sources: for size, and without what reads debugging
# information, which a stripped executable has none of. That makes a seventh less. cargo does not do so for everybody
# yet, hence RUSTC_BOOTSTRAP. With STD=prebuilt the library stays as it came.
build_std=(-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size)

# obtain_sources: has them, or gets them through rustup, where there is one and a network lets it.
obtain_sources() {
  [ "${STD:-}" != prebuilt ] || return 1
  local library=$sysroot/lib/rustlib/src/rust/library/Cargo.lock
  if [ ! -f "$library" ] && command -v rustup >/dev/null; then
    RUSTUP_MAX_RETRIES=0 timeout 60 rustup component add rust-src >/dev/null 2>&1 || true
  fi
  [ -f "$library" ]
}

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

# build_here TARGET [ARGUMENT…]: an ordinary build, for the architecture of this machine. Says in $built where to.
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
  local -x RUSTFLAGS="$static_flags $discarding_flags"
  if obtain_sources; then
    echo "The standard library is built from its sources, for size. STD=prebuilt make: with the one that is there." >&2
    # In a folder of its own: some crates are built anew whenever RUSTC_BOOTSTRAP comes or goes.
    local folder=$target_folder/std-from-sources
    built=$folder/$target/release
    RUSTC_BOOTSTRAP=1 cargo build --release --locked --target-dir "$folder" --target "$target" "${build_std[@]}" \
      "${packages[@]}" "$@" && return
    echo "That did not work with this toolchain: now with the standard library that is there." >&2
  fi
  built=$target_folder/$target/release
  cargo build --release --locked --target "$target" "${packages[@]}" "$@"
}
