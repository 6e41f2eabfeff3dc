# valise: everything is built out of tree in build/$(V); `make help` lists the targets.
V       ?= debug#              debug release asan fuzz
B       ?= build/$(V)
PREFIX  ?= $(HOME)/.local
AWK     ?= awk

# Debian packages the product, its tests and its checks need; `make deps` installs what is missing.
DEPS := pkg-config libsqlite3-dev libgit2-dev libsodium-dev libcmocka-dev libjansson-dev libutf8proc-dev \
        libsmartcols-dev libkeyutils-dev gettext zlib1g-dev clang python3 strace

PKGS         := sqlite3 libsodium jansson libutf8proc smartcols
COURIER_PKGS := libgit2

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
        -Wformat=2 -Wundef -Wwrite-strings -Wcast-qual $(if $(WERROR),-Werror)
OPT.debug   := -O1 -g
OPT.release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT.fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DVLS_LIBFUZZER
LD.asan     := -fsanitize=address,undefined
LD.fuzz     := -fsanitize=fuzzer,address,undefined
LD.release  := -Wl,-z,relro,-z,now
COMPILE  = $(CC) -std=c11 -D_GNU_SOURCE -Iinclude -I. -I$(B)/gen -MMD -MP -fPIE -fvisibility=hidden \
           $(WARN) $(OPT.$(V)) $(shell pkg-config --cflags $(PKGS) $(COURIER_PKGS)) $(CPPFLAGS) $(CFLAGS)
LINK     = $(CC) -pie $(LD.$(V)) $(LDFLAGS)

COURIER_SRC := $(wildcard sync/courier/*.c)
LIB_SRC     := $(filter-out $(COURIER_SRC),$(sort $(wildcard crypto/*/*.c sync/*/*.c)))
GEN_SRC     := $(B)/gen/kinds.c $(B)/gen/migrations.c
CLI_SRC     := $(wildcard cli/*.c)
LIB_OBJ     := $(LIB_SRC:%.c=$(B)/%.o) $(GEN_SRC:%.c=%.o)
LIBS        := $(B)/libvalise.a
LIB_LD       = $(shell pkg-config --libs $(PKGS)) -lkeyutils

all: $(B)/valise $(B)/valise-courier

$(B)/%.o: %.c | gen
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c
	$(COMPILE) -c -o $@ $<
$(B)/libvalise.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/valise: $(CLI_SRC:%.c=$(B)/%.o) $(LIBS)
	$(LINK) -o $@ $^ $(LIB_LD)
# The formats that both ends of the pipe read are pure functions, linked into both programs.
$(B)/valise-courier: $(COURIER_SRC:%.c=$(B)/%.o) $(B)/crypto/base/error.o $(B)/crypto/base/bytes.o \
                     $(B)/sync/transport/frame.o $(B)/sync/transport/layout.o
	$(LINK) -o $@ $^ $(shell pkg-config --libs $(COURIER_PKGS))
.PHONY: all gen clean
