# Labbook
#
#   make            build the programs and the library (release) into build/
#   make demo       install what is missing, build, render the book, run every lab, show the result
#   make site       render the book into site/ (labs run in its pages if `make wasm` was before)
#   make wasm       install what is missing, build what runs labs in a page, without a server
#   make publish    both: the site to put on a host, where labs run in its pages
#   make check      install what the tests need, build (release and sanitized), run all tests
#   make lint       formatting, warnings of a second compiler, cppcheck
#   make bench      measure against the peers, print ratios (BENCH=word for some)
#   make fuzz       fuzz every parser, FUZZ_SECONDS each (default 30; FUZZ=word for some)
#   make bless      rewrite the golden files; read the diff before committing it
#   make static     build/static/labkit, one file without shared libraries, for containers
#   make install    into PREFIX (default /usr/local); DESTDIR is honoured
#   make uninstall  take out what install put in
#   make dist       build/labbook-VERSION.tar.gz of what git tracks
#   make deps       install the packages that a build needs (deps-check: that tests need as well)
#   make compile_commands.json   for editors
#   make clean      remove build/
#
# Variables: B (build folder), CC, CFLAGS, SAN=1 (ASan and UBSan), V=1 (show commands), JOBS.

B       ?= build
PREFIX  ?= /usr/local
VERSION := $(shell sed -n 's/^.define LK_VERSION "\(.*\)"/\1/p' src/labkit.h)
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 30

# ---- what must be installed (Debian package names) --------------------------

DEPS       := gcc libc6-dev binutils pkg-config libcmark-dev libcurl4-openssl-dev libssl-dev \
              liblua5.4-dev libcjson-dev libmicrohttpd-dev libsqlite3-dev libyaml-dev \
              zlib1g-dev libjs-lunr libjs-codemirror
DEPS_WASM  := clang lld wasi-libc libclang-rt-14-dev-wasm32 dpkg-dev binaryen
DEPS_CHECK := libcmocka-dev libxgboost-dev clang clang-format libclang-rt-14-dev cppcheck \
              chromium firefox-esr python3 python3-botocore python3-boto3 awscli rclone curl procps \
              poppler-utils python3-nbformat brotli $(DEPS_WASM)
DEPS_BENCH := hyperfine cmark hugo nginx-light wrk

# ---- how to compile ---------------------------------------------------------

PKGS     := libcmark libcurl libcrypto lua5.4 libcjson libmicrohttpd sqlite3 yaml-0.1 zlib
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wno-unused-parameter
GCC_WARN := -Wjump-misses-init -Wlogical-op
# No contraction and no -ffast-math: every compiler must grow the same trees.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Isrc $(PKG_CFLAGS) -fPIC -fvisibility=hidden -pthread \
             -ffp-contract=off -fno-math-errno -ffunction-sections $(WARN) \
             $(if $(findstring clang,$(CC)),,$(GCC_WARN)) $(SAN_FLAGS) $(CFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS       := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -ldl -pthread
LDFLAGS    += -Wl,--gc-sections $(SAN_FLAGS)
ifdef SAN
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
Q := $(if $(V),,@)

# ---- what there is ----------------------------------------------------------

LAYERS   := base gbt book aws http container lab cloud serve cli
SRC      := $(foreach l,$(LAYERS),$(wildcard src/$l/*.c))
OBJ      := $(SRC:%.c=$B/%.o)
WASM_SRC := $B/wasm/sources
MAINS    := $B/src/cli/labbook.o $B/src/cli/labkit.o
LIB_OBJ  := $(filter $B/src/base/% $B/src/gbt/% $B/src/aws/%,$(OBJ))
UNIT     := $(patsubst %.c,$B/%,$(wildcard tests/unit/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

.PHONY: all demo demo-run site check check-run lint bench fuzz bless install uninstall dist \
        clean deps deps-check unit
all: $B/labbook $B/labkit $B/liblabkit.a $B/liblabkit.so $B/labkit.pc

$B/labbook $B/labkit: $B/%: $B/src/cli/%.o $B/all.a
	@echo "  LINK    $@"
	$Q$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# Everything but the mains, for programs and tests to link.
$B/all.a: $(filter-out $(MAINS),$(OBJ))
	$Qrm -f $@ && ar rcs $@ $^

# The library exports lk_ names only: join the objects, then make all hidden names local.
$B/liblabkit.a: $(LIB_OBJ)
	@echo "  LIB     $@"
	$Qld -r -o $B/labkit-joined.o $^
	$Qobjcopy --localize-hidden $B/labkit-joined.o
	$Qrm -f $@ && ar rcs $@ $B/labkit-joined.o

$B/liblabkit.so: $(LIB_OBJ)
	@echo "  LIB     $@"
	$Q$(CC) $(LDFLAGS) -shared -Wl,-soname,liblabkit.so.0 -o $@ $^ $(LIBS)

$B/labkit.pc: src/labkit.h Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'Name: labkit' 'Version: $(VERSION)' \
	  'Description: train and score XGBoost models from C' \
	  'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -llabkit' \
	  'Requires.private: libcurl libcrypto libcjson sqlite3 zlib' > $@

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The console's files are taken into the program.
$B/src/cloud/console_files.o: $(wildcard templates/console/* templates/css/book.css \
  templates/js/theme.js templates/icons/favicon.svg)

-include $(OBJ:.o=.d) $(UNIT:=.d)

unit: $(UNIT)
# Tests named ..oracle.. compare with the real XGBoost.
$B/tests/unit/%: ORACLE = $(if $(findstring oracle,$*),-lxgboost)
$B/tests/unit/%: tests/unit/%.c $B/all.a
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$Q$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -o $@ $< $B/all.a $(LDFLAGS) -lcmocka $(ORACLE) $(LIBS)

# ---- one file for a container: train, serve and predict, statically linked ----

# Debian has no static cJSON: it comes from its source package, as for a page's module.
# ld warns of getaddrinfo, which needs no shared library for files and dns (a test looks names up).
STATIC_OBJ := $(addprefix $B/static/,main.o no_tls.o cJSON.o)
.PHONY: static
static: deps
	$(call install_packages,dpkg-dev)
	@$(MAKE) --no-print-directory -j$(JOBS) $B/static/labkit
$B/static/labkit: $(STATIC_OBJ) $B/all.a
	@echo "  LINK    $@"
	$Q$(CC) -static $(LDFLAGS) -Wl,--no-warnings -o $@ $^ -lmicrohttpd -lz -lm -pthread
	$Qstrip $@
$B/static/%.o: src/static/%.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$B/static/cJSON.o: $(WASM_SRC)/zlib/zlib.h
	@mkdir -p $(@D)
	$Q$(CC) $(CFLAGS) -c -o $@ $(WASM_SRC)/cjson/cJSON.c

compile_commands.json: $(SRC) Makefile
	@echo "  GEN     $@"
	@{ echo '['; sep=; for f in $(SRC); do \
	  printf '%s{"directory":"%s","file":"%s","command":"%s"}\n' "$$sep" "$(CURDIR)" "$$f" \
	  '$(CC) $(ALL_CFLAGS) -c '"$$f"; sep=,; done; echo ']'; } > $@

# ---- labs in a page: base, gbt and lab for WebAssembly -----------------------

# Labs without the layer that talks to AWS, and without processes and databases.
WASM_LAB  := $(filter-out $(addprefix src/lab/,worker.c sandbox.c reference_cloud.c reference_text.c) \
               $(wildcard src/lab/session*.c src/lab/store*.c src/lab/agent*.c), \
               $(shell grep -L '"aws/' src/lab/*.c))
# Ways of scoring that pay for millions of rows.
WASM_NOT  := $(wildcard src/gbt/score_block*.c) $(addprefix src/gbt/,score_tests.c score_row.c)
WASM_C    := $(addprefix src/base/,mem.c str.c error.c number.c json.c source.c clock.c path.c) \
             $(addprefix src/book/,target.c data_name.c) \
             $(filter-out $(WASM_NOT),$(wildcard src/gbt/*.c)) $(WASM_LAB) $(wildcard src/wasm/*.c)
# What trains and scores is compiled for speed, all else for size.
WASM_FAST := $(addprefix src/gbt/,hist.c bins.c split.c partition.c place.c grow.c grow_search.c grow_node.c \
               score_walk.c sigmoid.c loss.c order.c)
WASM_LIBS := $(addprefix lua/src/l,api.c auxlib.c baselib.c code.c corolib.c ctype.c debug.c do.c \
               dump.c func.c gc.c lex.c mathlib.c mem.c object.c opcodes.c parser.c state.c \
               string.c strlib.c table.c tablib.c tm.c undump.c utf8lib.c vm.c zio.c) \
             cjson/cJSON.c $(addprefix zlib/,inflate.c inffast.c inftrees.c zutil.c crc32.c adler32.c)
WASM_OBJ  := $(WASM_C:%.c=$B/wasm/%.o) $(WASM_LIBS:%.c=$B/wasm/libs/%.o)
WASM_MEMORY := $(shell sed -n 's/.*PAGE_MEMORY_MAX = \([0-9]*\) << 20.*/\1/p' src/wasm/host.h)
WASM_CC   := clang --target=wasm32-wasi -std=c11 -D_GNU_SOURCE -DLAB_WITHOUT_CLOUD -DLAB_IN_PAGE \
             -DGBT_SMALL -msimd128 \
             -msign-ext -mnontrapping-fptoint -mbulk-memory -ftls-model=local-exec \
             -ffp-contract=off -fno-math-errno -ffunction-sections -fdata-sections \
             -include src/wasm/prelude.h -Isrc -Isrc/wasm/include \
             -I$(WASM_SRC)/lua/src -I$(WASM_SRC) -I$(WASM_SRC)/zlib

WASM_HAS  := --enable-simd --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
             --enable-mutable-globals

.PHONY: wasm deps-wasm
wasm: deps-wasm
	@$(MAKE) --no-print-directory -j$(JOBS) $B/wasm/lab.wasm
deps-wasm: deps
	$(call install_packages,$(DEPS_WASM))
$(WASM_SRC)/zlib/zlib.h:
	@echo "  FETCH   $(WASM_SRC)"
	$Qsh src/wasm/sources.sh $(WASM_SRC)
# Compiled and linked apart: clang would run any wasm-opt it finds, in its own way.
$B/wasm/whole.wasm: $(WASM_OBJ)
	@echo "  LINK    $@"
	$Q$$(clang --print-prog-name=wasm-ld) -m wasm32 -o $@.big /usr/lib/wasm32-wasi/crt1-reactor.o $^ \
	  -L/usr/lib/wasm32-wasi -lm -lc \
	  $$(clang --target=wasm32-wasi --print-libgcc-file-name) --entry _initialize --gc-sections -O2 \
	  --export-table --export=__stack_pointer -z stack-size=1048576 --strip-debug \
	  --max-memory=$$(( $(WASM_MEMORY) << 20 ))
	$Qif grep -q wasi_snapshot $@.big; then echo "wasm: something calls an operating system;" \
	  "give it a stand-in in src/wasm/system.c" >&2; exit 1; fi
	$Qwasm-opt -Oz --converge --low-memory-unused -g $(WASM_HAS) -o $@ $@.big
	$Qrm -f $@.big
# What most steps call comes first; the rest, in more.wasm, is loaded behind the reader's back.
# The names are those that tests/browser/wasm_first.mjs found: lists of functions may be out of date, but
# never wrong, since either part calls the other.
$B/wasm/lab.wasm: $B/wasm/whole.wasm src/wasm/first.list
	@echo "  SPLIT   $@"
	$Qwasm-split $(WASM_HAS) $< --keep-funcs=@src/wasm/first.list --export-prefix=. \
	  --import-namespace=first --placeholder-namespace=more -o1 $@.one -o2 $@.two 2> $@.said || \
	  { cat $@.said >&2; exit 1; }
	$Qwasm-opt $(WASM_HAS) --strip-debug --strip-producers --strip-target-features -Oz -o $(@D)/more.wasm $@.two
	$Qwasm-opt $(WASM_HAS) --strip-debug --strip-producers --strip-target-features -Oz -o $@ $@.one
	$Qrm -f $@.one $@.two $@.said
$(WASM_LIBS:%.c=$B/wasm/libs/%.o): $B/wasm/libs/%.o: $(WASM_SRC)/zlib/zlib.h src/wasm/prelude.h
	@mkdir -p $(@D)
	$Q$(WASM_CC) -Oz -w -DDYNAMIC_CRC_TABLE -DBUILDFIXED $(if $(filter lua/src/lauxlib.c,$*.c),-DluaL_loadfilex=luaL_loadfile_unused) \
	  -MMD -MP -c -o $@ $(WASM_SRC)/$*.c
$B/wasm/src/%.o: src/%.c $(WASM_SRC)/zlib/zlib.h Makefile
	@mkdir -p $(@D)
	@echo "  WASM    $<"
	$Q$(WASM_CC) $(if $(filter $<,$(WASM_FAST)),-O3,-Oz) $(WARN) -Wno-format-nonliteral -MMD -MP -c -o $@ $<

-include $(WASM_OBJ:.o=.d)

# ---- packages ---------------------------------------------------------------

# Install what is missing and say so; do nothing when all is there.
define install_packages
	@missing=; for p in $(1); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "Installing missing Debian packages:$$missing"; \
	  $$sudo apt-get update -qq && \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing > /dev/null || \
	  { echo "Could not install:$$missing. Install them yourself, then try again." >&2; exit 1; }; \
	fi
endef
deps:
	$(call install_packages,$(DEPS))
deps-check: deps
	$(call install_packages,$(DEPS_CHECK))
	@command -v node > /dev/null && command -v npm > /dev/null || $(MAKE) --no-print-directory deps-node
	@cd tests/browser && [ node_modules/.package-lock.json -nt package.json ] || \
	  npm install --no-audit --no-fund --no-package-lock --loglevel=error
	@cd tests/clients && [ -d node_modules/s3rver ] || \
	  npm install --no-audit --no-fund --no-package-lock --loglevel=error
.PHONY: deps-node deps-bench
deps-node:
	$(call install_packages,nodejs npm)
deps-bench: deps-check
	$(call install_packages,$(DEPS_BENCH))

# ---- jobs -------------------------------------------------------------------

site: all
	$Q$B/labbook build --out site .

.PHONY: publish
publish: wasm
	@$(MAKE) --no-print-directory -j$(JOBS) site

demo: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@sh tests/demo.sh $B

check: deps-check
	@$(MAKE) --no-print-directory -j$(JOBS) all unit $B/static/labkit $B/wasm/lab.wasm
	@$(MAKE) --no-print-directory -j$(JOBS) B=$B/san SAN=1 CFLAGS='-O1 -g' all unit
	@sh tests/run.sh $B $B/san

lint: deps-check
	@sh tests/lint.sh $B

bench: deps-bench
	@$(MAKE) --no-print-directory -j$(JOBS) all $B/wasm/lab.wasm
	@sh tests/bench/run.sh $B

fuzz: deps-check
	@$(MAKE) --no-print-directory -j$(JOBS) B=$B/fuzz CC=clang \
	  CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined' LDFLAGS= fuzzers
	@sh tests/fuzz/run.sh $B/fuzz $(FUZZ_SECONDS)
.PHONY: fuzzers
fuzzers: $(FUZZERS:%=$B/tests/fuzz/%)
$B/tests/fuzz/%: tests/fuzz/%.c $B/all.a
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $< $B/all.a $(LIBS)

bless: all unit
	@BLESS=1 sh tests/run.sh $B

install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib/pkgconfig share/labbook \
	  share/man/man1 share/bash-completion/completions)
	install -m 755 $B/labbook $B/labkit $(DESTDIR)$(PREFIX)/bin
	install -m 644 src/labkit.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $B/liblabkit.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $B/liblabkit.so $(DESTDIR)$(PREFIX)/lib/liblabkit.so.0
	ln -sf liblabkit.so.0 $(DESTDIR)$(PREFIX)/lib/liblabkit.so
	install -m 644 $B/labkit.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	cp -R templates lessons $(DESTDIR)$(PREFIX)/share/labbook
	[ ! -f $B/wasm/lab.wasm ] || install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/labbook/wasm \
	  $B/wasm/lab.wasm $B/wasm/more.wasm
	for p in labbook labkit; do \
	  $B/$$p --manual > $(DESTDIR)$(PREFIX)/share/man/man1/$$p.1 && \
	  $B/$$p --completion > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$p; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/labbook $(DESTDIR)$(PREFIX)/bin/labkit \
	  $(DESTDIR)$(PREFIX)/include/labkit.h $(DESTDIR)$(PREFIX)/lib/liblabkit.a \
	  $(DESTDIR)$(PREFIX)/lib/liblabkit.so $(DESTDIR)$(PREFIX)/lib/liblabkit.so.0 \
	  $(DESTDIR)$(PREFIX)/lib/pkgconfig/labkit.pc \
	  $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,labbook.1 labkit.1) \
	  $(addprefix $(DESTDIR)$(PREFIX)/share/bash-completion/completions/,labbook labkit)
	rm -rf $(DESTDIR)$(PREFIX)/share/labbook

dist:
	@mkdir -p $B
	git archive --prefix=labbook-$(VERSION)/ -o $B/labbook-$(VERSION).tar.gz HEAD
	@echo "$B/labbook-$(VERSION).tar.gz"

clean:
	rm -rf $B compile_commands.json
