"""The commands of `kefu-pulse`, one module a family; `streams.cli` gathers them."""
