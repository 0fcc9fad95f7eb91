/* Walking the loaded objects and their relocations. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_DEFAULT */
#endif

#include "base/interpose.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined __x86_64__
#define CT_RELOC_SLOT R_X86_64_JUMP_SLOT
#define CT_RELOC_DATA R_X86_64_GLOB_DAT
#elif defined __aarch64__
#define CT_RELOC_SLOT R_AARCH64_JUMP_SLOT
#define CT_RELOC_DATA R_AARCH64_GLOB_DAT
#else
#define CT_RELOC_SLOT UINT32_MAX
#define CT_RELOC_DATA UINT32_MAX
#endif

/* What has been looked at: the linker counts what it loads and unloads. Process-wide,
 * as the tables are. */
static unsigned long long loaded, unloaded;

struct walk {
    const struct ct_interposed *functions;
    size_t count;
    bool is_end;
    bool is_begun; /* the counts have been compared */
};

struct object {
    uintptr_t base;
    uintptr_t relro_start, relro_end; /* what the linker has made read-only */
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * slots, *data;
    size_t slots_size, data_size; /* bytes */
};

static uintptr_t page_of(uintptr_t address)
{
    return address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static bool protect(void **place, int protection)
{
    uintptr_t first = page_of((uintptr_t)place);
    return mprotect((void *)first, (uintptr_t)(place + 1) - first, protection) == 0;
}

static void store(void **place, void *value)
{
    __atomic_store_n(place, value, __ATOMIC_RELAXED);
}

bool ct_interpose_store(void **place, void *value)
{
    if (!protect(place, PROT_READ | PROT_WRITE))
        return false;
    store(place, value);
    return protect(place, PROT_READ);
}

/* ---- one object -------------------------------------------------------------------
 */

static void replace(const struct object *object, const struct walk *walk,
                    const ElfW(Rela) * reloc)
{
    const char *name =
        object->names + object->symbols[ELF64_R_SYM(reloc->r_info)].st_name;
    void **place = (void **)(object->base + reloc->r_offset);
    for (size_t i = 0; i < walk->count; i++) {
        const struct ct_interposed *function = &walk->functions[i];
        if (function->original == NULL || strcmp(name, function->name) != 0)
            continue;
        if (walk->is_end && *place != function->hook)
            continue;
        void *value = walk->is_end ? function->original : function->hook;
        bool is_read_only = (uintptr_t)place >= object->relro_start &&
                            (uintptr_t)place < object->relro_end;
        if (*place == value)
            continue;
        if (is_read_only)
            ct_interpose_store(place, value);
        else
            store(place, value);
    }
}

static void replace_all(const struct object *object, const struct walk *walk,
                        const ElfW(Rela) * relocs, size_t size)
{
    for (size_t i = 0; relocs != NULL && i < size / sizeof *relocs; i++) {
        uint64_t type = ELF64_R_TYPE(relocs[i].r_info);
        if (type == CT_RELOC_SLOT || type == CT_RELOC_DATA)
            replace(object, walk, &relocs[i]);
    }
}

/* Some linkers leave addresses relative to the object, ours makes them absolute. */
static const void *address(const struct object *object, ElfW(Addr) value)
{
    return (const void *)(value < object->base ? object->base + value : value);
}

static void read_dynamic(struct object *object, const ElfW(Dyn) * entry)
{
    bool is_known = true;
    for (; entry->d_tag != DT_NULL; entry++) {
        const void *at = address(object, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            object->symbols = at;
        else if (entry->d_tag == DT_STRTAB)
            object->names = at;
        else if (entry->d_tag == DT_JMPREL)
            object->slots = at;
        else if (entry->d_tag == DT_PLTRELSZ)
            object->slots_size = entry->d_un.d_val;
        else if (entry->d_tag == DT_RELA)
            object->data = at;
        else if (entry->d_tag == DT_RELASZ)
            object->data_size = entry->d_un.d_val;
        else if (entry->d_tag == DT_PLTREL)
            is_known &= entry->d_un.d_val == DT_RELA;
    }
    if (!is_known || object->symbols == NULL || object->names == NULL)
        object->slots = object->data = NULL;
}

/* Whether it is the object that this function is part of. */
static bool is_own(const struct dl_phdr_info *info)
{
    uintptr_t here = (uintptr_t)is_own;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && here >= start && here - start < part->p_memsz)
            return true;
    }
    return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
    struct walk *walk = data;
    struct object object = {.base = info->dlpi_addr};
    const ElfW(Dyn) *dynamic = NULL;
    (void)size;
    if (!walk->is_end && !walk->is_begun && info->dlpi_adds == loaded &&
        info->dlpi_subs == unloaded)
        return 1;
    walk->is_begun = true;
    loaded = walk->is_end ? 0 : info->dlpi_adds;
    unloaded = info->dlpi_subs;
    if (is_own(info) || strstr(info->dlpi_name, "linux-vdso") != NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_DYNAMIC) {
            dynamic = (const void *)start;
        } else if (part->p_type == PT_GNU_RELRO) {
            object.relro_start = page_of(start);
            object.relro_end = page_of(start + part->p_memsz);
        }
    }
    if (dynamic == NULL)
        return 0;
    read_dynamic(&object, dynamic);
    replace_all(&object, walk, object.slots, object.slots_size);
    replace_all(&object, walk, object.data, object.data_size);
    return 0;
}

/* ---- all of them ------------------------------------------------------------------
 */

void ct_interpose_find(struct ct_interposed *functions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (functions[i].original == NULL)
            functions[i].original = dlsym(RTLD_DEFAULT, functions[i].name);
    }
}

void ct_interpose_begin(const struct ct_interposed *functions, size_t count)
{
    struct walk walk = {.functions = functions, .count = count};
    dl_iterate_phdr(visit, &walk);
}

void ct_interpose_end(const struct ct_interposed *functions, size_t count)
{
    struct walk walk = {.functions = functions, .count = count, .is_end = true};
    dl_iterate_phdr(visit, &walk);
}
