/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/systemd_unit.h"

#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SLICE_SUFFIX ".slice"
#define PARTS 3

static const char name_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@"; /* systemd.unit(5) */

static bool ends_with(const char *string, const char *suffix)
{
    size_t n = strlen(string), m = strlen(suffix);
    return n >= m && streq(string + n - m, suffix);
}

/* "a-b-c" of "a-b-c.slice": no part is empty. */
static bool slice_is_valid(const char *slice)
{
    size_t length = strlen(slice) - strlen(SLICE_SUFFIX);
    if (!ends_with(slice, SLICE_SUFFIX) || length == 0 || strlen(slice) >= SYSTEMD_UNIT_SIZE)
        return false;
    if (streq(slice, "-" SLICE_SUFFIX))
        return true;
    if (strspn(slice, name_letters) != strlen(slice) || slice[0] == '-' || slice[length - 1] == '-')
        return false;
    const char *twice = strstr(slice, "--");
    return !twice && !strchr(slice, '@');
}

int systemd_slice_expand(const char *slice, char ret_path[SYSTEMD_PATH_SIZE])
{
    char path[SYSTEMD_PATH_SIZE] = "";
    size_t used = 0;
    if (!slice_is_valid(slice))
        return -EINVAL;
    if (streq(slice, "-" SLICE_SUFFIX)) {
        ret_path[0] = '\0';
        return 0;
    }
    for (const char *dash = strchr(slice, '-');; dash = strchr(dash + 1, '-')) {
        size_t room = sizeof(path) - used;
        int n = dash ? snprintf(path + used, room, "%.*s" SLICE_SUFFIX "/", (int)(dash - slice), slice)
                     : snprintf(path + used, room, "%s", slice);
        if (n < 0 || (size_t)n >= room)
            return -EINVAL;
        used += (size_t)n;
        if (!dash)
            break;
    }
    memcpy(ret_path, path, used + 1);
    return 0;
}

int systemd_unit_path(const struct systemd_unit *unit, char ret_path[SYSTEMD_PATH_SIZE])
{
    char slice[SYSTEMD_PATH_SIZE];
    if (unit->is_slice)
        return systemd_slice_expand(unit->name, ret_path);
    int r = systemd_slice_expand(unit->slice, slice);
    if (r < 0)
        return r;
    int n = snprintf(ret_path, SYSTEMD_PATH_SIZE, "%s%s%s", slice, slice[0] ? "/" : "", unit->name);
    return n < 0 || n >= SYSTEMD_PATH_SIZE ? -EINVAL : 0;
}

/* Appends with systemd's escapes. */
static int name_append(char name[SYSTEMD_UNIT_SIZE], const char *part)
{
    size_t used = strlen(name);
    for (; *part; part++) {
        bool plain = strchr(name_letters, *part) != NULL;
        size_t room = SYSTEMD_UNIT_SIZE - used;
        int n = plain ? snprintf(name + used, room, "%c", *part)
                      : snprintf(name + used, room, "\\x%02x", (unsigned char)*part);
        if (n < 0 || (size_t)n >= room)
            return -ENAMETOOLONG;
        used += (size_t)n;
    }
    return 0;
}

static int make_name(const char *prefix, const char *id, struct systemd_unit *unit)
{
    unit->name[0] = '\0';
    unit->is_slice = ends_with(id, SLICE_SUFFIX);
    if (unit->is_slice)
        return slice_is_valid(id) ? name_append(unit->name, id) : -EINVAL;
    int r = name_append(unit->name, prefix);
    if (r == 0)
        r = name_append(unit->name, "-");
    if (r == 0)
        r = name_append(unit->name, id);
    return r == 0 ? name_append(unit->name, ".scope") : r;
}

/* Cuts a copy in three at its colons. */
static int split(char *copy, char *ret_parts[PARTS])
{
    for (int i = 0; i < PARTS; i++) {
        char *colon = strchr(copy, ':');
        if (!colon != (i == PARTS - 1))
            return -EINVAL;
        ret_parts[i] = copy;
        if (colon) {
            *colon = '\0';
            copy = colon + 1;
        }
    }
    return ret_parts[PARTS - 1][0] ? 0 : -EINVAL;
}

int systemd_unit_parse(const char *cgroups_path, const char *id, bool of_user, struct systemd_unit *ret_unit,
                       struct failure *failure)
{
    struct systemd_unit unit = {0};
    char nothing[] = "", prefix[] = "unroot";
    char *parts[PARTS] = {nothing, prefix, (char *)id};
    autofree char *copy = strdup(cgroups_path ? cgroups_path : "");
    if (!copy)
        return fail(failure, -ENOMEM, "linux.cgroupsPath");
    for (const char *c = copy; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127 || *c == '/')
            return refuse(
                failure, -EINVAL,
                "linux.cgroupsPath \"%.200s\": the name of a systemd unit has neither / nor control "
                "characters; expected is \"slice:prefix:name\"",
                copy);
    if (copy[0] && split(copy, parts) < 0)
        return refuse(failure, -EINVAL,
                      "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got "
                      "\"%.200s\" instead",
                      cgroups_path);
    const char *slice = parts[0][0] ? parts[0] : of_user ? "user.slice" : "system.slice";
    if (!slice_is_valid(slice))
        return refuse(failure, -EINVAL, "linux.cgroupsPath: invalid slice name: \"%.200s\"", slice);
    memcpy(unit.slice, slice, strlen(slice) + 1);
    if (make_name(parts[1], parts[2], &unit) < 0)
        return refuse(failure, -EINVAL,
                      "linux.cgroupsPath: \"%.200s\" and \"%.200s\" make no unit name of at most %d",
                      parts[1], parts[2], SYSTEMD_UNIT_SIZE - 1);
    *ret_unit = unit;
    return 0;
}
