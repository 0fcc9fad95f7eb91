/* Gathering the names. The order of `texts`: modules, objects, paths, bare name. */
#include "py/filter_place.h"

#include "base/utf8.h"
#include "py/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define OBJECTS CT_PLACE_MODULES
#define PATHS (2 * CT_PLACE_MODULES)
#define BARE (PATHS + CT_PLACE_PATHS)
#define STDLIB_LABEL "<standard library>"

void ct_place_fini(struct ct_code_place *place)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(place->texts); i++)
        ct_buf_fini(&place->texts[i]);
}

/* ---- files ---------------------------------------------------------------------- */

static char **path_at(const struct ct_place_files *files, uint32_t number)
{
    return (char **)(void *)files->paths.data + number;
}

void ct_place_files_fini(struct ct_place_files *files)
{
    for (size_t i = 0; i < files->paths.size / sizeof(char *); i++)
        free(*path_at(files, (uint32_t)i));
    ct_buf_fini(&files->paths);
    ct_strtab_fini(&files->names);
}

/* Makes a path absolute; false if it is too long. */
static bool make_absolute(char out[PATH_MAX], const char *file)
{
    char workdir[PATH_MAX] = "";
    if (file[0] != '/' && getcwd(workdir, sizeof workdir) == NULL)
        return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s", workdir, file[0] == '/' ? "" : "/", file);
    return n > 0 && n < PATH_MAX;
}

/* The absolute path of a file without symlinks; what does not exist (code in an
 * archive) is looked up as far as it does. NULL when memory is out or it is too long.
 */
static char *resolve(const char *file)
{
    char path[PATH_MAX], head[PATH_MAX], real[PATH_MAX];
    if (!make_absolute(path, file))
        return NULL;
    strcpy(head, path);
    size_t cut = strlen(head);
    while (realpath(head, real) == NULL) {
        char *slash = strrchr(head, '/');
        if (slash == NULL || slash == head)
            return strdup(path);
        *slash = '\0';
        cut = (size_t)(slash - head);
    }
    char *result = malloc(strlen(real) + strlen(path + cut) + 1);
    if (result != NULL)
        strcpy(stpcpy(result, real), path + cut);
    return result;
}

/* The same, looked up once per file; NULL on failure. */
static const char *resolved(struct ct_place_files *files, const char *file)
{
    uint32_t count = files->names.count;
    uint32_t number = ct_strtab_add(&files->names, ct_text_of(file));
    files->is_out_of_memory |= number == CT_STRTAB_NONE;
    if (number == CT_STRTAB_NONE)
        return NULL;
    if (number >= count) {
        errno = 0;
        char *path = resolve(file);
        files->is_out_of_memory |= path == NULL && errno == ENOMEM;
        ct_buf_append(&files->paths, &path, sizeof path);
        files->is_out_of_memory |= files->paths.failed;
        if (files->paths.failed)
            free(path);
    }
    return files->paths.failed ? NULL : *path_at(files, number);
}

static void add_path(struct ct_code_place *place, const char *path)
{
    struct ct_buf *text = &place->texts[PATHS + place->path_count++];
    ct_buf_clear(text);
    ct_utf8_append(text, ct_text_of(path));
}

static bool add_paths(struct ct_code_place *place, struct ct_place_files *files,
                      const struct ct_place_source *source)
{
    place->path_count = 0;
    if (source->file == NULL)
        return true;
    if (source->origin == CT_ORIGIN_SYNTHETIC) {
        add_path(place, source->file);
        return true;
    }
    const char *real = resolved(files, source->file);
    if (real == NULL)
        return false;
    add_path(place, real);
    if (source->file[0] == '/' && strcmp(source->file, real) != 0)
        add_path(place, source->file);
    if (source->origin == CT_ORIGIN_STDLIB)
        add_path(place, STDLIB_LABEL);
    return true;
}

/* ---- modules -------------------------------------------------------------------- */

/* Appends the module's name that a path below a directory of sys.path stands for. */
static void append_dotted(struct ct_buf *out, const char *path, size_t size)
{
    size_t start = out->size;
    ct_utf8_append(out, (struct ct_text){path, size});
    for (size_t i = start; i < out->size; i++) {
        if (out->data[i] == '/')
            out->data[i] = '.';
    }
}

/* Adds the name of the module in `file` (ending in `.py`) seen from the directory of
 * `directory_size` bytes, unless it is there already. */
static void add_module_of(struct ct_code_place *place, const char *file,
                          size_t directory_size)
{
    size_t size = strlen(file);
    if (size < 4 || strcmp(file + size - 3, ".py") != 0 ||
        place->module_count == CT_PLACE_MODULES)
        return;
    struct ct_buf *text = &place->texts[place->module_count];
    ct_buf_clear(text);
    append_dotted(text, file + directory_size, size - 3 - directory_size);
    for (int i = 0; i < place->module_count; i++) {
        const struct ct_buf *other = &place->texts[i];
        if (other->size == text->size &&
            memcmp(other->data, text->data, text->size) == 0)
            return;
    }
    place->module_count++;
}

/* Adds the names that `file` has below the directories of sys.path. */
static void add_modules_on_path(struct ct_code_place *place, const char *file)
{
    PyObject *path = ct_text_sys_path();
    Py_ssize_t count = path != NULL ? PyList_GET_SIZE(path) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *entry = PyList_GET_ITEM(path, i);
        PyObject *bytes =
            PyUnicode_CheckExact(entry) ? PyUnicode_EncodeFSDefault(entry) : NULL;
        if (bytes == NULL) {
            PyErr_Clear();
            continue;
        }
        const char *directory = PyBytes_AS_STRING(bytes);
        size_t size = strlen(directory);
        while (size > 1 && directory[size - 1] == '/')
            size--;
        if (size > 0 && strncmp(file, directory, size) == 0 && file[size] == '/')
            add_module_of(place, file, size + 1);
        Py_DECREF(bytes);
    }
}

/* The size of the directory, with its slash, that holds the outermost package of the
 * file. */
static size_t outside_packages(const char *file)
{
    char init[PATH_MAX];
    size_t size = (size_t)(strrchr(file, '/') - file) + 1;
    while (size > 1 && size + sizeof "__init__.py" <= sizeof init) {
        memcpy(init, file, size);
        strcpy(init + size, "__init__.py");
        if (access(init, F_OK) != 0)
            break;
        do
            size--;
        while (size > 1 && file[size - 1] != '/');
    }
    return size;
}

/* The names by which the main program's file could be imported. */
static void add_main_names(struct ct_code_place *place, const char *file)
{
    if (file == NULL || file[0] != '/')
        return;
    add_module_of(place, file, outside_packages(file));
    add_modules_on_path(place, file);
}

static void add_modules(struct ct_code_place *place, const char *real,
                        const struct ct_place_source *source)
{
    place->module_count = 0;
    if (source->module.size > 0) {
        ct_buf_clear(&place->texts[0]);
        ct_buf_append_text(&place->texts[0], source->module);
        place->module_count = 1;
        if (source->module.size == 8 &&
            memcmp(source->module.bytes, "__main__", 8) == 0)
            add_main_names(place, real);
    } else if (real != NULL) {
        add_modules_on_path(place, source->file);
        add_modules_on_path(place, real);
        if (place->module_count == 0 && source->has_no_module) {
            ct_buf_clear(&place->texts[0]);
            place->module_count = 1;
        }
    }
}

/* ---- the whole ------------------------------------------------------------------ */

static bool take(struct ct_name *name, const struct ct_buf *text)
{
    ct_name_init(name, ct_buf_text(text));
    return !name->is_cut;
}

static void add_objects(struct ct_code_place *place, struct ct_text qualname)
{
    for (int i = 0; i < place->module_count; i++) {
        struct ct_buf *text = &place->texts[OBJECTS + i];
        ct_buf_clear(text);
        ct_buf_append_text(text, ct_buf_text(&place->texts[i]));
        if (text->size > 0)
            ct_buf_append_byte(text, '.');
        ct_buf_append_text(text, qualname);
    }
}

bool ct_place_set(struct ct_code_place *place, struct ct_place_files *files,
                  const struct ct_place_source *source)
{
    bool has_paths = add_paths(place, files, source);
    bool is_file = source->file != NULL && source->origin != CT_ORIGIN_SYNTHETIC;
    add_modules(place, has_paths && is_file ? resolved(files, source->file) : NULL,
                source);
    add_objects(place, source->qualname);
    ct_buf_clear(&place->texts[BARE]);
    ct_buf_append_text(&place->texts[BARE], source->bare);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(place->texts); i++) {
        if (place->texts[i].failed)
            return false;
    }
    place->is_known = has_paths && place->module_count > 0;
    for (int i = 0; i < place->module_count; i++) {
        place->is_known &= take(&place->modules[i], &place->texts[i]);
        place->is_known &= take(&place->objects[i], &place->texts[OBJECTS + i]);
    }
    for (int i = 0; i < place->path_count; i++)
        place->is_known &= take(&place->paths[i], &place->texts[PATHS + i]);
    place->is_known &= take(&place->bare, &place->texts[BARE]);
    return true;
}
