/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mount_option.h"
#include "base/closest.h"
#include "base/number.h"
#include "formats/file_mode.h"
#include "formats/path_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

enum value_rule { VALUE_NONE, VALUE_NEEDED, VALUE_OPTIONAL, VALUE_BOOL };

struct mount_option {
    const char *name;
    unsigned forms, kinds; /* bits of enum mount_form; bits 1 << enum mount_kind */
    enum value_rule rule;
    int (*apply)(struct mount_parser *p, const struct mount_option *option, const char *value, bool on);
    int argument;
};

#define V MOUNT_FORM_VOLUME
#define M MOUNT_FORM_MOUNT
#define T MOUNT_FORM_TMPFS
#define BIND (1u << MOUNT_KIND_BIND)
#define VOLUME (1u << MOUNT_KIND_VOLUME)
#define TMPFS (1u << MOUNT_KIND_TMPFS)
#define IMAGE (1u << MOUNT_KIND_IMAGE)
#define ANY (BIND | VOLUME | TMPFS | IMAGE)

const char *mount_form_name(enum mount_form form)
{
    return form == V ? "-v" : form == M ? "--mount" : "--tmpfs";
}

int mount_refuse(const struct mount_parser *p, const char *format, ...)
{
    char sentence[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    va_end(args);
    return refuse(p->failure, -EINVAL, "%s %s: %s", mount_form_name(p->form), p->text, sentence);
}

static int set_string(char **string, const char *value)
{
    free(*string);
    *string = strdup(value);
    return *string ? 0 : -ENOMEM;
}

static int set_source(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return set_string(&p->mount->source, value);
}

static int set_target(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return set_string(&p->mount->target, value);
}

static int set_read_only(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    p->mount->read_only = on == (o->argument != 0);
    p->read_write = !p->mount->read_only;
    return 0;
}

static int set_relabel(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    enum mount_relabel relabel = (enum mount_relabel)o->argument;
    if (value && !streq(value, "shared") && !streq(value, "private"))
        return mount_refuse(p, "relabel=%s: expected shared or private", value);
    if (value)
        relabel = streq(value, "shared") ? MOUNT_RELABEL_SHARED : MOUNT_RELABEL_PRIVATE;
    p->mount->relabel = relabel;
    return 0;
}

static int set_propagation(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    if (!value) {
        p->mount->propagation = (enum mount_propagation)o->argument;
        return 0;
    }
    for (int i = MOUNT_PROPAGATION_PRIVATE; i <= MOUNT_PROPAGATION_RSLAVE; i++)
        if (streq(value, mount_propagation_name((enum mount_propagation)i))) {
            p->mount->propagation = (enum mount_propagation)i;
            return 0;
        }
    return mount_refuse(p, "bind-propagation=%s: expected [r]private, [r]shared or [r]slave", value);
}

static int set_recursion(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    static const char *const words[] = {
        [MOUNT_RECURSION_ENABLED] = "enabled",
        [MOUNT_RECURSION_DISABLED] = "disabled",
        [MOUNT_RECURSION_WRITABLE] = "writable",
        [MOUNT_RECURSION_READONLY] = "readonly",
    };
    if (o->rule != VALUE_NEEDED) {
        p->mount->recursion = on ? (enum mount_recursion)o->argument : MOUNT_RECURSION_ENABLED;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (streq(value, words[i])) {
            p->mount->recursion = (enum mount_recursion)i;
            return 0;
        }
    return mount_refuse(p, "bind-recursive=%s: expected enabled, disabled, writable or readonly", value);
}

/* `argument` is the offset of a bool of struct mount_spec. */
static int set_flag(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    *(bool *)((char *)p->mount + o->argument) = on;
    return 0;
}

static int clear_flag(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return set_flag(p, o, value, !on);
}

/* `argument` is the offset of an enum mount_switch. */
static int switch_on(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    *(enum mount_switch *)((char *)p->mount + o->argument) = on ? MOUNT_SWITCH_ON : MOUNT_SWITCH_OFF;
    return 0;
}

static int switch_off(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return switch_on(p, o, value, !on);
}

/* docker: "consistency" and its three words mean something on macOS alone. */
static int set_consistency(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    if (value && !streq(value, "cached") && !streq(value, "delegated") && !streq(value, "consistent") &&
        !streq(value, "default"))
        return mount_refuse(p, "consistency=%s: expected consistent, cached or delegated", value);
    return 0;
}

static int set_subpath(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    if (!path_text_stays_below(value))
        return mount_refuse(p, "%s=%s: expected a relative path without \"..\"", o->name, value);
    return set_string(&p->mount->subpath, value);
}

static int set_tmpfs_size(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    int r = number_parse_size(value, &p->mount->tmpfs_size);
    return r < 0 ? mount_refuse(p, "%s=%s: expected a size like 64m", o->name, value) : 0;
}

static int set_tmpfs_inodes(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    int r = number_parse(value, INT64_MAX, &p->mount->tmpfs_inodes);
    return r < 0 ? mount_refuse(p, "%s=%s: expected a number", o->name, value) : 0;
}

static int set_tmpfs_mode(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    p->mount->has_tmpfs_mode = true;
    int r = file_mode_parse(value, 07777, &p->mount->tmpfs_mode);
    return r < 0 ? mount_refuse(p, "%s=%s: expected an octal mode like 1777", o->name, value) : 0;
}

static int set_tmpfs_owner(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    bool group = o->argument != 0;
    *(group ? &p->mount->has_tmpfs_gid : &p->mount->has_tmpfs_uid) = true;
    int r = number_parse_id(value, group ? &p->mount->tmpfs_gid : &p->mount->tmpfs_uid);
    return r < 0 ? mount_refuse(p, "%s=%s: expected a number, an id inside the container", o->name, value)
                 : 0;
}

static int add_label(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return value[0] == '=' ? mount_refuse(p, "volume-label needs a name")
                           : strings_set_variable(&p->mount->labels, value);
}

static int check_driver(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return streq(value, "local") ? 0 : mount_refuse(p, "%s=%s: only local volumes are there", o->name, value);
}

static int set_owner(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return mount_owner_apply(p, value);
}

static int set_idmap(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return mount_idmap_apply(p, value);
}

static int set_bind_idmap(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return mount_bind_idmap_apply(p, value);
}

static int refuse_missing(struct mount_parser *p, const struct mount_option *o, const char *value, bool on)
{
    return mount_refuse(p, "%s is not there yet", o->name);
}

#define FLAG(member) (int)offsetof(struct mount_spec, member)

static const struct mount_option options[] = {
    {"O", V, ANY, VALUE_NONE, refuse_missing, 0},
    {"U", V | M, BIND | VOLUME, VALUE_BOOL, set_flag, FLAG(chown)},
    {"Z", V, BIND | VOLUME, VALUE_NONE, set_relabel, MOUNT_RELABEL_PRIVATE},
    {"bind", V, BIND, VALUE_NONE, set_recursion, MOUNT_RECURSION_DISABLED},
    {"bind-create-src", M, BIND, VALUE_BOOL, set_flag, FLAG(create_source)},
    {"bind-idmap", V | M, BIND, VALUE_OPTIONAL, set_bind_idmap, 0},
    {"bind-nonrecursive", M, BIND, VALUE_BOOL, set_recursion, MOUNT_RECURSION_DISABLED},
    {"bind-propagation", M, BIND, VALUE_NEEDED, set_propagation, 0},
    {"bind-recursive", M, BIND, VALUE_NEEDED, set_recursion, 0},
    {"cached", V, BIND | VOLUME, VALUE_NONE, set_consistency, 0},
    {"chown", M, BIND | VOLUME, VALUE_BOOL, set_flag, FLAG(chown)},
    {"consistency", M, ANY, VALUE_NEEDED, set_consistency, 0},
    {"consistent", V, BIND | VOLUME, VALUE_NONE, set_consistency, 0},
    {"copy", V, VOLUME, VALUE_NONE, clear_flag, FLAG(no_copy)},
    {"delegated", V, BIND | VOLUME, VALUE_NONE, set_consistency, 0},
    {"destination", M, ANY, VALUE_NEEDED, set_target, 0},
    {"dev", V | M | T, ANY, VALUE_NONE, switch_on, FLAG(dev)},
    {"dst", M, ANY, VALUE_NEEDED, set_target, 0},
    {"exec", V | M | T, ANY, VALUE_NONE, switch_on, FLAG(exec)},
    {"gid", T, TMPFS, VALUE_NEEDED, set_tmpfs_owner, 1},
    {"idmap", V | M, BIND | VOLUME, VALUE_OPTIONAL, set_idmap, 0},
    {"image-subpath", M, IMAGE, VALUE_NEEDED, set_subpath, 0},
    {"mode", T, TMPFS, VALUE_NEEDED, set_tmpfs_mode, 0},
    {"nocopy", V, VOLUME, VALUE_NONE, set_flag, FLAG(no_copy)},
    {"nocreate", V | M, BIND | VOLUME, VALUE_NONE, clear_flag, FLAG(create_source)},
    {"nodev", V | M | T, ANY, VALUE_NONE, switch_off, FLAG(dev)},
    {"noexec", V | M | T, ANY, VALUE_NONE, switch_off, FLAG(exec)},
    {"nosuid", V | M | T, ANY, VALUE_NONE, switch_off, FLAG(suid)},
    {"nr_inodes", T, TMPFS, VALUE_NEEDED, set_tmpfs_inodes, 0},
    {"owner", V | M, BIND | VOLUME, VALUE_NEEDED, set_owner, 0},
    {"private", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_PRIVATE},
    {"rbind", V, BIND, VALUE_NONE, set_recursion, MOUNT_RECURSION_ENABLED},
    {"readonly", M, ANY, VALUE_BOOL, set_read_only, 1},
    {"readwrite", M, ANY, VALUE_BOOL, set_read_only, 0},
    {"relabel", M, BIND | VOLUME, VALUE_NEEDED, set_relabel, 0},
    {"ro", V | M | T, ANY, VALUE_BOOL, set_read_only, 1},
    {"rprivate", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_RPRIVATE},
    {"rshared", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_RSHARED},
    {"rslave", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_RSLAVE},
    {"rw", V | M | T, ANY, VALUE_BOOL, set_read_only, 0},
    {"shared", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_SHARED},
    {"size", T, TMPFS, VALUE_NEEDED, set_tmpfs_size, 0},
    {"slave", V, BIND, VALUE_NONE, set_propagation, MOUNT_PROPAGATION_SLAVE},
    {"source", M, ANY, VALUE_NEEDED, set_source, 0},
    {"src", M, ANY, VALUE_NEEDED, set_source, 0},
    {"subpath", M, VOLUME | IMAGE, VALUE_NEEDED, set_subpath, 0},
    {"suid", V | M | T, ANY, VALUE_NONE, switch_on, FLAG(suid)},
    {"target", M, ANY, VALUE_NEEDED, set_target, 0},
    {"tmpfs-mode", M, TMPFS, VALUE_NEEDED, set_tmpfs_mode, 0},
    {"tmpfs-size", M, TMPFS, VALUE_NEEDED, set_tmpfs_size, 0},
    {"uid", T, TMPFS, VALUE_NEEDED, set_tmpfs_owner, 0},
    {"volume-driver", M, VOLUME, VALUE_NEEDED, check_driver, 0},
    {"volume-label", M, VOLUME, VALUE_NEEDED, add_label, 0},
    {"volume-nocopy", M, VOLUME, VALUE_BOOL, set_flag, FLAG(no_copy)},
    {"volume-opt", M, VOLUME, VALUE_NEEDED, refuse_missing, 0},
    {"volume-subpath", M, VOLUME, VALUE_NEEDED, set_subpath, 0},
    {"z", V, BIND | VOLUME, VALUE_NONE, set_relabel, MOUNT_RELABEL_SHARED},
};

static const struct mount_option *find_option(const struct mount_parser *p, const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if ((options[i].forms & p->form) && strlen(options[i].name) == length &&
            memcmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

static int refuse_unknown(const struct mount_parser *p, const char *option, size_t length)
{
    const char *names[ARRAY_SIZE(options) + 1];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if ((options[i].forms & p->form) && (options[i].kinds & (1u << p->mount->kind)))
            names[count++] = options[i].name;
    if (p->form == M)
        names[count++] = "type";
    autofree char *word = strndup(option, length);
    if (!word)
        return -ENOMEM;
    const char *near = closest_word(word, names, count);
    return mount_refuse(p, "unknown option \"%s\"%s%s", word, near ? "; did you mean " : "",
                        near ? near : "");
}

/* strconv.ParseBool */
static int parse_bool(const char *value, bool *ret_on)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
        if (streq(value, yes[i]) || streq(value, no[i])) {
            *ret_on = streq(value, yes[i]);
            return 0;
        }
    return -EINVAL;
}

static const char *kind_word(enum mount_kind kind)
{
    return kind == MOUNT_KIND_BIND     ? "a bind"
           : kind == MOUNT_KIND_VOLUME ? "a volume"
           : kind == MOUNT_KIND_TMPFS  ? "a tmpfs"
                                       : "an image";
}

int mount_option_apply(struct mount_parser *p, const char *text)
{
    size_t length = strcspn(text, "=");
    const char *value = text[length] == '=' ? text + length + 1 : NULL;
    if (p->form == M && length == 4 && memcmp(text, "type", 4) == 0)
        return 0; /* read before the others */
    const struct mount_option *o = find_option(p, text, length);
    if (!o)
        return refuse_unknown(p, text, length);
    if (!(o->kinds & (1u << p->mount->kind)))
        return mount_refuse(p, "%s is no option for %s", o->name, kind_word(p->mount->kind));
    bool on = true;
    if (o->rule == VALUE_NEEDED && (!value || value[0] == '\0'))
        return mount_refuse(p, "%s needs a value: %s=..", o->name, o->name);
    if (value && (o->rule == VALUE_NONE || (o->rule == VALUE_BOOL && p->form != M)))
        return mount_refuse(p, "%s takes no value", o->name);
    if (value && o->rule == VALUE_BOOL && parse_bool(value, &on) < 0)
        return mount_refuse(p, "%s=%s: expected true or false", o->name, value);
    return o->apply(p, o, value, on);
}

int mount_option_apply_type(struct mount_parser *p, const char *text)
{
    static const char *const names[] = {"bind", "image", "tmpfs", "volume"};
    const char *value = string_after(text, "type=");
    if (!value)
        return streq(text, "type") ? mount_refuse(p, "type needs a value: type=..") : 0;
    if (p->kind_known)
        return mount_refuse(p, "type stands here twice");
    for (enum mount_kind kind = MOUNT_KIND_BIND; kind <= MOUNT_KIND_IMAGE; kind++)
        if (streq(value, mount_kind_name(kind))) {
            p->mount->kind = kind;
            p->kind_known = true;
            return 0;
        }
    const char *near = closest_word(value, names, ARRAY_SIZE(names));
    return mount_refuse(p, "type=%s: expected bind, volume, tmpfs or image%s%s", value,
                        near ? "; did you mean " : "", near ? near : "");
}
