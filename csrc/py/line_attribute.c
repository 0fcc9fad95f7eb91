/* As PyObject_GenericGetAttr finds them. */
#include "py/line_attribute.h"

#include "py/class_table.h"
#include "py/harmless.h"
#include "py/object.h"

/* What `collections.namedtuple` makes of a field. CPython's
 * Modules/_collectionsmodule.c.
 */
#define FIELD "_collections._tuplegetter"

struct field {
    PyObject_HEAD Py_ssize_t index;
};

static bool is_member(PyTypeObject *type, PyObject *descriptor)
{
    return Py_IS_TYPE(descriptor, &PyMemberDescr_Type) &&
           ((PyMemberDescrObject *)descriptor)->d_member->type == Py_T_OBJECT_EX &&
           PyType_IsSubtype(type, ((PyDescrObject *)descriptor)->d_type);
}

/* Finds out how objects of a class keep the attribute. */
static void look_up(struct ct_line_check *check, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *found = ct_class_find(type, check->name);
    check->access = CT_ACCESS_CODE;
    check->version = type->tp_version_tag;
    check->class_version = 0;
    if (found == NULL && type == &PyModule_Type)
        check->access = CT_ACCESS_MODULE;
    else if (found == NULL && type == &PyType_Type)
        check->access = CT_ACCESS_CLASS;
    if (type->tp_getattro != PyObject_GenericGetAttr)
        return;
    if (found != NULL && is_member(type, found)) {
        check->access = CT_ACCESS_MEMBER;
        check->offset = ((PyMemberDescrObject *)found)->d_member->offset;
    } else if (found != NULL && ct_is_c_class(Py_TYPE(found), FIELD)) {
        check->access = CT_ACCESS_FIELD;
        check->offset = ((const struct field *)found)->index;
    } else if (ct_is_scalar_of_match(type, check->name)) {
        check->access = CT_ACCESS_SCALAR;
    } else {
        check->access = CT_ACCESS_OWN;
        check->of_class = found;
        check->index = ct_object_inline_index(object, check->name);
    }
}

/* What the object stores itself comes before what its class does, unless that is a
 * descriptor that can be set. A function of the class is bound without code. */
static bool find_own(struct ct_line_check *check, PyObject *object, bool may_bind)
{
    const PyTypeObject *kind =
        check->of_class == NULL ? NULL : Py_TYPE(check->of_class);
    if (kind != NULL && kind->tp_descr_get != NULL && kind->tp_descr_set != NULL)
        return false;
    if (check->index >= 0)
        check->found = ct_object_inline_item(object, check->index);
    if (check->found == NULL && !ct_object_own(object, check->name, &check->found))
        return false;
    if (check->found == NULL && kind != NULL &&
        (kind->tp_descr_get == NULL || (may_bind && kind == &PyFunction_Type)))
        check->found = check->of_class;
    return check->found != NULL;
}

static PyObject *find_in_module(const struct ct_line_check *check, PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    Py_hash_t hash = ((PyASCIIObject *)check->name)->hash;
    return dict != NULL && ct_dict_has_plain_keys(dict)
               ? _PyDict_GetItem_KnownHash(dict, check->name, hash)
               : NULL;
}

/* A function of a class is not bound; other descriptors may run code. */
static PyObject *find_in_class(struct ct_line_check *check, PyTypeObject *class)
{
    unsigned int version = ct_class_version(class);
    if (version == 0)
        return NULL;
    if (check->class_version != version) {
        check->class_version = version;
        check->of_class = ct_class_find(class, check->name);
    }
    bool is_plain =
        check->of_class != NULL && (Py_TYPE(check->of_class)->tp_descr_get == NULL ||
                                    PyFunction_Check(check->of_class));
    return is_plain ? check->of_class : NULL;
}

static bool find(struct ct_line_check *check, PyObject *object, bool may_bind)
{
    unsigned int version = Py_TYPE(object)->tp_version_tag;
    check->found = NULL;
    if (version == 0)
        return false;
    if (check->version != version)
        look_up(check, object);
    switch (check->access) {
    case CT_ACCESS_OWN:
        return find_own(check, object, may_bind);
    case CT_ACCESS_MEMBER:
        check->found = *(PyObject **)((char *)object + check->offset);
        break;
    case CT_ACCESS_FIELD:
        if (PyTuple_Check(object) && check->offset >= 0 &&
            check->offset < PyTuple_GET_SIZE(object))
            check->found = PyTuple_GET_ITEM(object, check->offset);
        break;
    case CT_ACCESS_SCALAR:
        check->found = Py_None;
        break;
    case CT_ACCESS_MODULE:
        check->found = find_in_module(check, object);
        break;
    case CT_ACCESS_CLASS:
        check->found = find_in_class(check, (PyTypeObject *)object);
        break;
    case CT_ACCESS_CODE:
        break;
    }
    return check->found != NULL;
}

bool ct_line_find_attribute(struct ct_line_check *check, PyObject *object)
{
    return find(check, object, false);
}

bool ct_line_find_method(struct ct_line_check *check, PyObject *object)
{
    return find(check, object, true);
}
