module meshwright.dev/sandbox/toolchain/bookinfo

go 1.26.0
