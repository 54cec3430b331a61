/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/path_text.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define NAME_LENGTH_MAX 255

static bool is_name(const char *part, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(part, name, length) == 0;
}

int path_text_clean(const char *path, char **ret_path)
{
    if (path[0] != '/')
        return -EINVAL;
    if (strlen(path) > PATH_TEXT_MAX)
        return -ENAMETOOLONG;
    autofree char *clean = malloc(strlen(path) + 1);
    if (!clean)
        return -ENOMEM;
    size_t length = 0;
    for (const char *part = path; *part != '\0';) {
        part += strspn(part, "/");
        size_t n = strcspn(part, "/");
        if (n > NAME_LENGTH_MAX)
            return -ENAMETOOLONG;
        if (is_name(part, n, "..")) {
            while (length > 0 && clean[--length] != '/')
                ;
        } else if (n > 0 && !is_name(part, n, ".")) {
            clean[length++] = '/';
            memcpy(clean + length, part, n);
            length += n;
        }
        part += n;
    }
    if (length == 0)
        clean[length++] = '/';
    clean[length] = '\0';
    *ret_path = TAKE_PTR(clean);
    return 0;
}

int path_text_join(const char *folder, const char *path, char **ret_path)
{
    if (path[0] == '/')
        return path_text_clean(path, ret_path);
    autotext struct text joined = {0};
    text_printf(&joined, "%s/%s", folder, path);
    int r = text_error(&joined);
    return r < 0 ? r : path_text_clean(text_peek(&joined), ret_path);
}

bool path_text_stays_below(const char *path)
{
    if (path[0] == '\0' || path[0] == '/' || strlen(path) > PATH_TEXT_MAX)
        return false;
    for (const char *part = path; *part != '\0';) {
        size_t n = strcspn(part, "/");
        if (is_name(part, n, "..") || n > NAME_LENGTH_MAX)
            return false;
        part += n;
        part += strspn(part, "/");
    }
    return true;
}
