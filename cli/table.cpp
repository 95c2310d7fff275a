// SPDX-License-Identifier: BSD-3-Clause
#include "table.hpp"

#include <algorithm>

namespace dumbwaiter {

namespace {

size_t width_of(std::string_view utf8)
{
    return std::count_if(utf8.begin(), utf8.end(),
                         [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
}

}  // namespace

Table& Table::column(std::string title, Align align)
{
    const size_t width = width_of(title);
    columns_.push_back({std::move(title), align, width});
    return *this;
}

void Table::row(std::vector<Cell> cells)
{
    cells.resize(columns_.size());
    for (size_t i = 0; i < cells.size(); ++i) columns_[i].width = std::max(columns_[i].width, width_of(cells[i].text));
    rows_.push_back(std::move(cells));
}

std::string Table::text(bool with_color) const
{
    std::vector<Cell> heading;
    for (const Column& column : columns_) heading.push_back({column.title, Color::kBold});
    std::string all = line(heading, with_color);
    for (const auto& cells : rows_) all += line(cells, with_color);
    return all;
}

std::string Table::line(const std::vector<Cell>& cells, bool with_color) const
{
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
        const bool is_last = i + 1 == cells.size();
        const std::string padding(columns_[i].width - width_of(cells[i].text), ' ');
        const std::string shown = with_color ? paint(cells[i].text, cells[i].color) : cells[i].text;
        if (columns_[i].align == Align::kRight) out += padding;
        out += shown;
        if (columns_[i].align == Align::kLeft && !is_last) out += padding;
        if (!is_last) out += "  ";
    }
    const size_t end = out.find_last_not_of(' ');
    out.resize(end == std::string::npos ? 0 : end + 1);
    return out += '\n';
}

}  // namespace dumbwaiter
