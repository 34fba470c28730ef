# Penstock's front door. The plugin is built by PostgreSQL's PGXS (this block), the relay by CMake; what people type is below.
# PG=17 takes PostgreSQL 17 from a folder of its own (scripts/pg.sh, 13 to 18), for every target that has to do with a server.
ifneq ($(PG),)
PG_CONFIG := $(shell scripts/pg.sh $(PG))
$(if $(PG_CONFIG),,$(error no PostgreSQL $(PG)))
endif
PG_CONFIG ?= $(firstword $(wildcard /usr/lib/postgresql/15/bin/pg_config) pg_config)
HAVE_PGXS := $(shell command -v $(PG_CONFIG) >/dev/null 2>&1 && test -f "$$($(PG_CONFIG) --pgxs)" && echo yes)

# --- the plugin ---------------------------------------------------------------------------------------------------------
MODULE_big = penstock
EXTENSION = penstock
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" penstock.control)
DATA = plugin/penstock--$(EXTVERSION).sql
# make installcheck, against the server at PGHOST and PGPORT (wal_level = logical, a superuser).
REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=. --load-extension=penstock
OBJS = $(patsubst %.cpp,%.o,$(sort $(filter-out %_test.cpp,$(wildcard plugin/*.cpp plugin/*/*.cpp))))
EXTRA_CLEAN = $(OBJS:.o=.d) tmp_check output_iso results regression.diffs regression.out
# -isystem: warnings are for our code, not for the server's headers.
PG_CPPFLAGS = -I. -DPENSTOCK_VERSION='"$(EXTVERSION)"' -isystem $(shell $(PG_CONFIG) --includedir-server)
# WERROR=1: warnings are errors, as in CI.
PG_CXXFLAGS = -std=c++20 $(if $(WERROR),-Werror) -fno-exceptions -fno-rtti -fvisibility=hidden -Wextra -Wshadow -Wconversion -Wold-style-cast \
              -MMD -MP
SHLIB_LINK = -Wl,--version-script=$(CURDIR)/plugin/exports.map
# No bitcode: JIT never inlines an output plugin. It must stand before PGXS, which would set it otherwise.
override with_llvm := no
# PGXS has a check of its own, which says that there is none: without it where that is the goal.
ifeq ($(HAVE_PGXS)$(filter check,$(MAKECMDGOALS)),yes)
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
CONTRIB_TESTDB = regression
CXX := $(if $(shell command -v ccache 2>/dev/null),ccache )$(CXX)
-include $(OBJS:.o=.d)
else
.DEFAULT_GOAL := all
all install:
	@echo "no server headers at PG_CONFIG=$(PG_CONFIG); 'make setup' installs what is missing (as root, Debian 12)"; exit 1
clean:
endif

# --- what people type ---------------------------------------------------------------------------------------------------
PREFIX ?= /usr/local
BUILD ?= build
RELAY_TARGETS ?= penstock
BUILD_TYPE ?= RelWithDebInfo
LAUNCHER := $(if $(shell command -v ccache 2>/dev/null),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)

.PHONY: setup relay demo demo-down pipeline pipeline-down test check lint bench regress matrix differential conformance renamed e2e torture fuzz sanitize tsan coverage valgrind dist help

# PGXS's all and install are the plugin's; RELAY=no leaves it at that.
ifneq ($(RELAY),no)
all: relay
install: install-relay
endif
clean: clean-relay

help:
	@sed -n 's/^#: //p' Makefile

#: make               builds plugin and relay
#: make install       installs both (PREFIX=/usr/local for the relay; the plugin goes where PG_CONFIG says)
#: make setup         installs what Penstock needs on Debian 12 (as root)
setup:
	@scripts/setup.sh

$(BUILD)/build.ninja:
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=$(BUILD_TYPE) $(if $(WERROR),-DPENSTOCK_WERROR=ON) $(LAUNCHER) >/dev/null

relay: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --target $(RELAY_TARGETS)

.PHONY: install-relay clean-relay
install-relay: relay
	install -D -m 755 $(BUILD)/penstock $(DESTDIR)$(PREFIX)/bin/penstock
	@if [ -f packaging/systemd/penstock@.service ]; then \
	  install -D -m 644 packaging/systemd/penstock@.service $(DESTDIR)$(PREFIX)/lib/systemd/system/penstock@.service && \
	  sed -i 's|/usr/bin/penstock|$(PREFIX)/bin/penstock|' $(DESTDIR)$(PREFIX)/lib/systemd/system/penstock@.service; fi

clean-relay:
	rm -rf $(BUILD)

#: make demo          a shop, its changes into a real Kafka, one SIGKILL on the way, and a check (BOOTSTRAP=host:port: your broker)
demo:
	@scripts/setup.sh build run
	@scripts/build.sh $(PG_CONFIG)
	@scripts/python demo/demo.py --pg-config $(PG_CONFIG) $(if $(BOOTSTRAP),--bootstrap $(BOOTSTRAP))

#: make demo-down     ends what the demo started and removes its data
demo-down:
	@scripts/python demo/demo.py --down

#: make pipeline      PostgreSQL to Spark with Prometheus and alerts, a load with trouble in it, a table of checks (TLS=1, KILLS=1, SECONDS=, RATE=)
pipeline:
	@scripts/setup.sh build run spark monitoring
	@scripts/build.sh $(PG_CONFIG)
	@TLS=$(TLS) scripts/python pipeline/run.py --pg-config $(PG_CONFIG) $(if $(KILLS),--kills) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RATE),--rate $(RATE))

#: make pipeline-down ends the pipeline and removes its data (scripts/stop-pipeline.sh keeps it)
pipeline-down:
	@scripts/stop-pipeline.sh --clean

# With PG= the plugin is built for that server first; without, it is the one that is installed.
.PHONY: installed
installed:
	@$(if $(PG),scripts/build.sh $(PG_CONFIG))

#: make test          everything that must hold, about 25 minutes (ONLY="lint e2e" for some stages, PG=17 on that server)
test:
	@scripts/setup.sh
	@scripts/python tools/test/test.py --pg-config $(PG_CONFIG) $(ONLY)

#: make check         builds, then lint and the unit tests: the quick loop, some two minutes
ifneq ($(filter check,$(MAKECMDGOALS)),)
check:
	@scripts/setup.sh
	@scripts/python tools/test/test.py --pg-config $(PG_CONFIG) build lint unit
endif

#: make lint          includes, symbols, headers, formats, generated documents
lint:
	@tools/check/lint.sh

#: make regress       the plugin's own tests: SQL in, record bytes out
regress: installed
	@tools/test/regress.sh $(PG_CONFIG)

#: make differential  random SQL, decoded, replayed into a second database and compared (SECONDS=600, or SEED=number: one round)
differential: installed
	@scripts/setup.sh build run
	@tools/test/differential.sh $(PG_CONFIG) --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

#: make conformance   records of the real connector, byte for byte (ONLY=regex: these cases; default those that pass)
conformance: installed
	@scripts/setup.sh build run
	@tools/test/conformance.sh $(PG_CONFIG) $(ONLY)

#: make renamed       the same cases with other names of topics, schemas, tables and columns (ONLY=regex)
renamed: installed
	@scripts/setup.sh build run
	@tools/test/renamed.sh $(PG_CONFIG) $(ONLY)

#: make e2e           end to end on a real server and broker (ONLY=name)
e2e: installed
	@tools/test/e2e.sh $(PG_CONFIG) $(if $(ONLY),-k "$(ONLY)")

#: make bench         CPU per row, rates, latency (ONLY=cpu, rate, small, latency or saturated; BEFORE=built checkout of another commit)
bench:
	@scripts/setup.sh build run
	@scripts/build.sh $(PG_CONFIG)
	@scripts/python bench/bench.py --pg-config $(PG_CONFIG) $(if $(ONLY),--only $(ONLY)) $(if $(BEFORE),--before $(BEFORE))

#: make torture       the long forms: 30 kills, 5 million rows in a transaction, two minutes without a broker
torture:
	@scripts/setup.sh
	@PENSTOCK_TORTURE=1 tools/test/e2e.sh $(PG_CONFIG)

#: make matrix        regress on PostgreSQL 13 to 18, conformance on 13, 15 and 18, pg_upgrade (MATRIX="14 17": these)
MATRIX ?= 13 14 15 16 17 18
matrix:
	@scripts/setup.sh
	@CONFORMANCE="13 15 18" tools/test/matrix.sh $(MATRIX)

#: make sanitize      the relay's tests under address and undefined behaviour sanitizers
sanitize:
	@tools/test/sanitize.sh

#: make tsan          the relay's tests under the thread sanitizer
tsan:
	@tools/test/tsan.sh

#: make coverage      which lines of the relay its tests run, a line for each file (build-coverage/coverage.txt)
coverage:
	@scripts/setup.sh
	@tools/test/coverage.sh

#: make dist          penstock-VERSION.tar.gz of what is committed
dist:
	@git archive --format=tar.gz --prefix=penstock-$(EXTVERSION)/ --output=penstock-$(EXTVERSION).tar.gz HEAD
	@echo penstock-$(EXTVERSION).tar.gz

#: make installcheck  the sql tests against your own server, at PGHOST and PGPORT (what PGXS does; after make install)

#: make valgrind      the plugin's regression tests under valgrind
valgrind:
	@scripts/setup.sh
	@tools/test/valgrind.sh $(PG_CONFIG)

#: make fuzz          every parser of foreign bytes, FUZZ_SECONDS each (60)
FUZZ_SECONDS ?= 60
fuzz:
	@tools/test/fuzz.sh $(FUZZ_SECONDS)
