# valise. Everything is built out of tree in build/$(V); `make help` lists what can be made.
V         ?= release#           release test asan fuzz clang (see OPT.* below)
B         ?= build/$(V)
PREFIX    ?= $(HOME)/.local
DESTDIR   ?=
AWK       ?= awk
JOBS      ?= $(shell nproc 2>/dev/null || echo 1)

# Debian 12 packages: for building and running; and beyond them for checking. `make deps` installs those that are missing.
DEPS       := gcc libc6-dev pkg-config libsqlite3-dev libgit2-dev libsodium-dev libjansson-dev libutf8proc-dev libkeyutils-dev \
              gettext openssh-client curl
CHECK_DEPS := libcmocka-dev clang libclang-rt-14-dev python3 strace git openssh-server apache2-bin openssl dosfstools e2fsprogs exfatprogs \
              exfat-fuse dmsetup $(if $(filter x86_64,$(shell uname -m)),user-mode-linux)
# The security revision that the courier must not be older than.
GIT2_LEAST := 1.5.1+ds-1+deb12u2

PKGS         := sqlite3 libsodium jansson libutf8proc
COURIER_PKGS := libgit2 zlib

CC.clang  := clang
CC.fuzz   := clang
ifneq ($(CC.$(V)),)
CC        := $(CC.$(V))
endif
WARN      := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
             -Wformat=2 -Wundef -Wwrite-strings -Wcast-qual $(if $(WERROR),-Werror)
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# test, asan: small limits (cheap key derivation, small caches), so that boundaries are met all the time
OPT.release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT.test    := -O1 -g -DVLS_TEST_LIMITS
# (gcc's flow warnings misfire under its own sanitizers: the other variants have them fatal)
OPT.asan    := -O1 -g -DVLS_TEST_LIMITS $(SANITIZE)
OPT.clang   := -O1 -g -DVLS_TEST_LIMITS
OPT.fuzz    := -O1 -g -DVLS_TEST_LIMITS -fsanitize=fuzzer-no-link $(SANITIZE)
LD.release  := -Wl,-z,relro,-z,now
LD.asan     := $(SANITIZE)
LD.fuzz     := $(SANITIZE)
CFLAGS_PKG  := $(shell pkg-config --cflags $(PKGS) $(COURIER_PKGS) 2>/dev/null)
LIBS_PKG    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lkeyutils
LIBS_GIT    := $(shell pkg-config --libs $(COURIER_PKGS) 2>/dev/null)
COMPILE      = $(CC) -std=c11 -D_GNU_SOURCE -Iinclude -I. -I$(B)/gen -MMD -MP -fPIE -fvisibility=hidden \
               -DVLS_LIBEXECDIR='"$(PREFIX)/libexec/valise"' -DVLS_LOCALEDIR='"$(PREFIX)/share/locale"' \
               $(WARN) $(OPT.$(V)) $(CFLAGS_PKG) $(CPPFLAGS) $(CFLAGS)
LINK         = $(CC) -pie $(LD.$(V)) $(LDFLAGS)
SAY          = $(if $(VERBOSE),,@printf "  %-4s %s\n" "$(1)" "$(2)" && )

COURIER_SRC := $(sort $(wildcard sync/courier/*.c))
LIB_SRC     := $(filter-out $(COURIER_SRC),$(sort $(wildcard crypto/*/*.c sync/*/*.c)))
GEN_SRC     := $(addprefix $(B)/gen/,kinds.c migrations.c words.c)
CLI_SRC     := $(sort $(wildcard cli/*.c))
LIB_OBJ     := $(LIB_SRC:%.c=$(B)/%.o) $(GEN_SRC:%.c=%.o)
CLI_OBJ     := $(filter-out $(B)/cli/main.o,$(CLI_SRC:%.c=$(B)/%.o))
# Formats that both ends of the pipe read are pure functions, linked into both programs.
SHARED_OBJ  := $(addprefix $(B)/,crypto/base/error.o crypto/base/bytes.o sync/transport/frame.o sync/transport/layout.o)
SUPPORT_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out tests/support/replay.c,$(wildcard tests/support/*.c)))
UNIT        := $(patsubst %.c,$(B)/%,$(sort $(shell find tests/unit tests/prop tests/fault -name '*.c' 2>/dev/null)))
SIM_WRAP    := vls_random vls_seal_at vls__nonce_used vls_sign_ok vls_safety_number vls_store_remote_recounted
SIM_OBJ     := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/sim/*.c)))
FUZZ        := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCH       := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(sort $(wildcard tests/bench/*_bench.c)))
MO          := $(patsubst cli/po/%.po,$(B)/locale/%/LC_MESSAGES/valise.mo,$(wildcard cli/po/*.po))

all: programs
programs: $(B)/valise $(B)/valise-courier $(MO) ## the two programs and the French catalogue

# ---- building ----

$(B)/gen/kinds.c: schemas/domain/kinds.awk $(wildcard schemas/domain/*.kind schemas/domain/*.tsv)
	@mkdir -p $(@D)
	$(call SAY,GEN,$@)$(AWK) -f $< schemas/domain/*.kind > $@.new && mv $@.new $@
# The kinds of a made-up later version, as tables under other names (tests/next).
$(B)/gen/next/kinds.c: schemas/domain/kinds.awk $(wildcard schemas/domain/*.kind schemas/domain/*.tsv tests/next/*)
	@mkdir -p $(@D) && cp schemas/domain/*.kind schemas/domain/*.tsv tests/next/*.kind $(@D)
	@for f in tests/next/*.sed; do k=$$(basename $$f .sed).kind && sed -f $$f schemas/domain/$$k > $(@D)/$$k || exit 1; done
	$(call SAY,GEN,$@)$(AWK) -f $< $(@D)/*.kind > $@.new && mv $@.new $@
NEXT_NAMES  := vls__kinds vls__n_kinds vls__header vls__n_header vls__countries vls__n_countries vls__country_aliases \
               vls__n_country_aliases vls__place_aliases vls__n_place_aliases
NEXT_WRAP   := vls_kinds vls_header_fields vls_kind_by_no vls_kind_by_name vls_kind_by_prefix vls_field_by_no vls_field_by_name
$(B)/gen/next/kinds.o: COMPILE += $(foreach n,$(NEXT_NAMES),-D$(n)=next_$(n))
$(B)/gen/migrations.c: schemas/store/migrations.awk $(wildcard schemas/store/*.sql)
	@mkdir -p $(@D)
	$(call SAY,GEN,$@)$(AWK) -f $< schemas/store/*.sql > $@.new && mv $@.new $@
$(B)/gen/words.c: schemas/store/words.awk schemas/store/words.txt
	@mkdir -p $(@D)
	$(call SAY,GEN,$@)$(AWK) -f $< schemas/store/words.txt > $@.new && mv $@.new $@
$(B)/gen/%.o: $(B)/gen/%.c
	$(call SAY,CC,$@)$(COMPILE) -c -o $@ $<
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC,$@)$(COMPILE) -c -o $@ $<
$(B)/libvalise.a: $(LIB_OBJ)
	@rm -f $@
	$(call SAY,AR,$@)$(AR) qcs $@ $^
$(B)/libcli.a: $(CLI_OBJ)
	@rm -f $@
	$(call SAY,AR,$@)$(AR) qcs $@ $^
$(B)/valise: $(B)/cli/main.o $(B)/libcli.a $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG)
$(B)/valise-courier: $(COURIER_SRC:%.c=$(B)/%.o) $(SHARED_OBJ)
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_GIT)
$(B)/locale/%/LC_MESSAGES/valise.mo: cli/po/%.po
	@mkdir -p $(@D)
	$(call SAY,MO,$@)msgfmt -c -o $@ $<

$(B)/tests/unit/cli/%: $(B)/tests/unit/cli/%.o $(SUPPORT_OBJ) $(B)/libcli.a $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG) -lcmocka
$(B)/tests/unit/sync/engine/test_next: $(B)/tests/unit/sync/engine/test_next.o $(B)/gen/next/kinds.o $(SUPPORT_OBJ) $(B)/libvalise.a | $(B)/valise-courier
	$(call SAY,LD,$@)$(LINK) $(NEXT_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LIBS_PKG) -lcmocka
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT_OBJ) $(B)/libvalise.a | $(B)/valise-courier
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG) -lcmocka
$(B)/tests/fault/%: $(B)/tests/fault/%.o $(SUPPORT_OBJ) $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG) -lcmocka
$(B)/tests/prop/%: $(B)/tests/prop/%.o $(SUPPORT_OBJ) $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG) -lcmocka
# The simulator takes chance from a seed and leaves out what is slow on purpose (tests/sim/random.c).
$(B)/tests/sim/test_sim: $(SIM_OBJ) $(SUPPORT_OBJ) $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) $(SIM_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LIBS_PKG) -lcmocka
ifeq ($(V),fuzz)
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(SUPPORT_OBJ) $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS_PKG) -lcmocka
else
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/support/replay.o $(SUPPORT_OBJ) $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG) -lcmocka
endif
$(B)/tests/cli/%: $(B)/tests/cli/%.o $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG)
$(B)/tests/oracle/%: $(B)/tests/oracle/%.o $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG)
# Loaded before a user-mode kernel (tests/acceptance/support/kernel.py).
$(B)/tests/acceptance/support/%.so: tests/acceptance/support/%.c
	@mkdir -p $(@D)
	$(call SAY,LD,$@)$(COMPILE) -fPIC -shared -o $@ $<
$(B)/tests/bench/exchange_bench: LIBS_PKG += $(LIBS_GIT)
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(B)/libvalise.a
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(LIBS_PKG)
.SECONDARY:

# ---- set-up ----

deps: ## install the Debian packages that are missing (root or sudo)
	@sh tests/support/deps.sh "$(GIT2_LEAST)" $(DEPS) $(CHECK_DEPS)
build-deps: ## the same without what only checking needs
	@sh tests/support/deps.sh "$(GIT2_LEAST)" $(DEPS)

demo: build-deps ## build, and play the first five minutes in a throw-away folder (PAUSE=1 waits for Enter)
	@mkdir -p build && echo "Building…"
	@$(MAKE) --no-print-directory -j$(JOBS) programs >build/demo.log 2>&1 || { cat build/demo.log; exit 1; }
	@sh tests/acceptance/demo.sh "$(CURDIR)/build/release" $(PAUSE)

# ---- checking ----

check: deps ## set-up, build with gcc and clang, and the quick suite; ends with: N passed, N failed
	@$(MAKE) --no-print-directory check-built

check-long: deps ## the same suite with every point, more seeds and faults upon faults; takes hours
	@VLS_TEST_LONG=1 $(MAKE) --no-print-directory check-built

check-built:
	@$(MAKE) --no-print-directory -j$(JOBS) V=release WERROR=1 programs build/release/tests/cli/sql
	@$(MAKE) --no-print-directory -j$(JOBS) V=clang WERROR=1 programs
	@$(MAKE) --no-print-directory -j$(JOBS) V=test WERROR=1 tests
	@$(MAKE) --no-print-directory -j$(JOBS) V=asan unit
	@sh tests/support/run.sh

sim: ## the simulator over SEEDS (20000) seeds FROM (1) on; LONG=1: longer and wider runs
	@$(MAKE) --no-print-directory -j$(JOBS) V=test build/test/tests/sim/test_sim
	@VLS_SIM_SEEDS=$(or $(SEEDS),20000) VLS_SIM_FROM=$(or $(FROM),1) $(if $(LONG),VLS_SIM_LONG=1) build/test/tests/sim/test_sim

unit: $(UNIT) $(B)/tests/sim/test_sim
tests: $(UNIT) $(B)/tests/sim/test_sim $(FUZZ) $(B)/tests/oracle/merge_dump $(B)/valise $(B)/valise-courier $(B)/tests/acceptance/support/xstate.so
benches: programs $(BENCH)

bench: ## measure; JSON lines on standard output
	@$(MAKE) --no-print-directory -j$(JOBS) V=release benches >&2
	@sh tests/bench/run.sh build/release

fuzz: ## fuzz each decoder for SECONDS (60) seconds
	@$(MAKE) --no-print-directory -j$(JOBS) V=fuzz fuzz-built
	@sh tests/fuzz/run.sh build/fuzz $(or $(SECONDS),60)
fuzz-built: $(FUZZ)

lint: ## include order and owners, exported names, forbidden calls, file length
	@sh tests/support/lint.sh

# ---- installing ----

install: programs ## into $(DESTDIR)$(PREFIX): programs, manual page, completion, French catalogue
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/valise $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(B)/valise $(DESTDIR)$(PREFIX)/bin/valise
	install -m 755 $(B)/valise-courier $(DESTDIR)$(PREFIX)/libexec/valise/valise-courier
	install -m 644 cli/valise.1 $(DESTDIR)$(PREFIX)/share/man/man1/valise.1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	           $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/share/locale/fr/LC_MESSAGES
	$(B)/valise completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/valise
	$(B)/valise completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_valise
	$(B)/valise completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/valise.fish
	chmod 644 $(DESTDIR)$(PREFIX)/share/bash-completion/completions/valise \
	          $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_valise \
	          $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/valise.fish
	install -m 644 $(B)/locale/fr/LC_MESSAGES/valise.mo $(DESTDIR)$(PREFIX)/share/locale/fr/LC_MESSAGES/valise.mo
	@case "$(DESTDIR):$$PATH:" in *:$(PREFIX)/bin:*|[!:]*) ;; \
	*) echo 'Your shell does not look for programs in $(PREFIX)/bin yet:  export PATH="$(PREFIX)/bin:$$PATH"' ;; esac

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/valise libexec/valise/valise-courier share/man/man1/valise.1 \
	      share/bash-completion/completions/valise share/zsh/site-functions/_valise \
	      share/fish/vendor_completions.d/valise.fish share/locale/fr/LC_MESSAGES/valise.mo)

clean: ## remove build/
	rm -rf build

help: ## this list
	@$(AWK) -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' Makefile

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all programs deps build-deps demo check check-long check-built sim unit tests benches bench fuzz fuzz-built lint install uninstall clean help
