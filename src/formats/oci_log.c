/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_log.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <string.h>

int oci_log_format_parse(const char *name, enum oci_log_format *ret_format)
{
    if (!streq(name, "text") && !streq(name, "json"))
        return -EINVAL;
    *ret_format = streq(name, "json") ? OCI_LOG_JSON : OCI_LOG_TEXT;
    return 0;
}

const char *oci_log_level_name(enum oci_log_level level)
{
    static const char *const names[] = {
        [OCI_LOG_DEBUG] = "debug",
        [OCI_LOG_INFO] = "info",
        [OCI_LOG_WARNING] = "warning",
        [OCI_LOG_ERROR] = "error",
    };
    return names[level];
}

/* One byte below 0x80, or a whole sequence; both forms escape '"' and '\'. */
static void append_character(struct text *text, const char *at, size_t length, bool json)
{
    static const char names[] = "\b\f\n\r\t", letters[] = "bfnrt";
    unsigned char c = (unsigned char)*at;
    const char *name = c < 0x20 && c != 0 ? strchr(names, *at) : NULL;
    if (c == '"' || c == '\\')
        text_printf(text, "\\%c", c);
    else if (name)
        text_printf(text, "\\%c", letters[name - names]);
    else if (c < 0x20 || c == 0x7f)
        text_printf(text, json ? "\\u%04x" : "\\x%02x", c);
    else
        text_append_n(text, at, length);
}

static void append_quoted(struct text *text, const char *string, bool json)
{
    size_t rest = strlen(string);
    text_append_char(text, '"');
    while (rest > 0) {
        size_t n = utf8_sequence(string, rest);
        if (n > 0)
            append_character(text, string, n, json);
        else if (json)
            text_append(text, "\\ufffd");
        else
            text_printf(text, "\\x%02x", (unsigned char)*string);
        n = n > 0 ? n : 1;
        string += n;
        rest -= n;
    }
    text_append_char(text, '"');
}

/* logrus leaves the quotes away around a word of these. */
static bool is_plain_word(const char *string)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/@^+";
    return string[0] != '\0' && string[strspn(string, plain)] == '\0';
}

void oci_log_write(enum oci_log_format format, const struct oci_log_line *line, struct text *text)
{
    char moment[TIMESTAMP_SIZE];
    const char *level = oci_log_level_name(line->level);
    timestamp_write((struct timespec){.tv_sec = line->moment}, moment);
    bool json = format == OCI_LOG_JSON;
    if (json)
        text_printf(text, "{\"level\":\"%s\",\"msg\":", level);
    else
        text_printf(text, "time=\"%s\" level=%s msg=", moment, level);
    if (!json && is_plain_word(line->message))
        text_append(text, line->message);
    else
        append_quoted(text, line->message, json);
    if (json)
        text_printf(text, ",\"time\":\"%s\"}", moment);
    text_append_char(text, '\n');
}
