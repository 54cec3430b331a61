/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdint.h>
#include <string.h>

#define COLUMN_MIN 10
#define COLUMN_GAP 3
#define COLUMNS_MAX 64

/* Code points two columns wide (Unicode East Asian Width W and F, by block) and those without any
 * (combining). */
static const struct range {
    uint32_t first, last;
} wide_ranges[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0x33ff}, {0x3400, 0x4dbf},
                   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
                   {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}},
  empty_ranges[] = {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* One code point at `p` of `size` bytes (at least one); returns how many bytes it takes. */
static size_t decode(const unsigned char *p, size_t size, uint32_t *ret_point)
{
    static const struct {
        unsigned char mask, lead;
        size_t size;
    } forms[] = {{0xe0, 0xc0, 2}, {0xf0, 0xe0, 3}, {0xf8, 0xf0, 4}};
    *ret_point = p[0];
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if ((p[0] & forms[i].mask) != forms[i].lead || size < forms[i].size)
            continue;
        uint32_t point = p[0] & (unsigned char)~forms[i].mask;
        for (size_t k = 1; k < forms[i].size; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 1;
            point = point << 6 | (p[k] & 0x3f);
        }
        *ret_point = point;
        return forms[i].size;
    }
    return 1;
}

static size_t point_width(uint32_t point)
{
    if (in_ranges(empty_ranges, ARRAY_SIZE(empty_ranges), point))
        return 0;
    return in_ranges(wide_ranges, ARRAY_SIZE(wide_ranges), point) ? 2 : 1;
}

size_t display_width(const char *string, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length;) {
        uint32_t point;
        i += decode((const unsigned char *)string + i, length - i, &point);
        width += point_width(point);
    }
    return width;
}

void display_truncate(const char *string, size_t columns, struct text *out)
{
    size_t length = strlen(string), width = 0, i = 0;
    if (display_width(string, length) <= columns) {
        text_append(out, string);
        return;
    }
    while (i < length) {
        uint32_t point;
        size_t size = decode((const unsigned char *)string + i, length - i, &point);
        if (width + point_width(point) + 1 > columns)
            break;
        width += point_width(point);
        i += size;
    }
    text_append_n(out, string, i);
    if (columns > 0)
        text_append(out, "…");
}

void display_clean(const char *string, struct text *out)
{
    for (const char *c = string; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '\n')
            text_append(out, "\\n");
        else if (byte == '\t')
            text_append(out, "\\t");
        else if (byte < 0x20 || byte == 0x7f)
            text_printf(out, "\\x%02x", byte);
        else if (byte == 0xc2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xa0) {
            c++; /* U+0080..U+009F: the eight-bit control characters */
            text_printf(out, "\\x%02x", (unsigned char)*c);
        } else
            text_append_char(out, *c);
    }
}

void table_layout(const struct strings *lines, struct text *out)
{
    size_t widths[COLUMNS_MAX] = {0};
    for (size_t i = 0; i < lines->count; i++) {
        const char *cell = lines->items[i];
        for (size_t column = 0; column < COLUMNS_MAX; column++) {
            size_t length = strcspn(cell, "\t");
            if (cell[length] == '\0')
                break;
            size_t width = display_width(cell, length) + COLUMN_GAP;
            width = width < COLUMN_MIN ? COLUMN_MIN : width;
            widths[column] = width > widths[column] ? width : widths[column];
            cell += length + 1;
        }
    }
    for (size_t i = 0; i < lines->count; i++) {
        const char *cell = lines->items[i];
        for (size_t column = 0;; column++) {
            size_t length = strcspn(cell, "\t");
            text_append_n(out, cell, length);
            if (cell[length] == '\0')
                break;
            size_t wanted = column < COLUMNS_MAX ? widths[column] : 0;
            for (size_t width = display_width(cell, length); width < wanted; width++)
                text_append_char(out, ' ');
            cell += length + 1;
        }
        text_append_char(out, '\n');
    }
}
