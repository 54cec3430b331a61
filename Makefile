# SPDX-License-Identifier: Apache-2.0
# The two commands of the README are `make demo` and `make check`; each installs what is missing, builds and runs.
BUILD ?= build

.PHONY: all setup build demo check install format clean

all: build

setup:
	@scripts/setup.sh

$(BUILD)/build.ninja: | setup
	meson setup $(BUILD) --buildtype=release -Doptimization=2 -Db_ndebug=false

build: $(BUILD)/build.ninja
	ninja -C $(BUILD)

# Of a build, the demo needs the programs alone.
demo: $(BUILD)/build.ninja
	ninja -C $(BUILD) programs.stamp
	@scripts/demo.sh $(BUILD)

check: setup
	@scripts/setup-engines.sh
	@scripts/check.sh

install: build
	meson install -C $(BUILD)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build build-*
