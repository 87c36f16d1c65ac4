#include "cli/diff_view.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::cli {
namespace {

// Columns of the mark and the space behind it.
size_t mark_width(std::string_view type) {
    if (type == "Edited") return 4;
    return type == "Added" || type == "Deleted" ? 2 : 0;
}

template <class Items>
size_t widest_mark(const Items& items, size_t least = 0) {
    for (const auto& item : items) least = std::max(least, mark_width(item.Type));
    return least;
}

// Where siblings stand: all begin in one column, and behind their marks their texts begin in one column too.
struct Place {
    size_t column = 0;
    size_t marks = 0;

    size_t padding(std::string_view type) const { return marks - mark_width(type); }
    // The column of what lies within a sibling.
    size_t within(std::string_view type) const { return column + padding(type) + 2; }
};

class DiffPrinter {
public:
    DiffPrinter(const Colors& colors, bool verbose) : colors_(colors), verbose_(verbose) {}

    std::string job(const model::JobDiff& d) {
        line({0, mark_width(d.Type)}, d.Type, colors_.bold("Job: " + quote(d.ID)));
        const bool members_shown = shows_members(d.Type);
        size_t marks = widest_mark(d.TaskGroups);
        if (members_shown) marks = widest_mark(d.Objects, widest_mark(d.Fields, marks));
        if (members_shown) members({0, marks}, d.Fields, d.Objects);
        bool first = true;
        for (const auto& g : d.TaskGroups) {
            if (g.Type == "None" && !verbose_ && g.Updates.empty()) continue;
            if (!first) out_ += '\n';
            first = false;
            group({0, marks}, g);
        }
        return std::move(out_);
    }

private:
    // The members of what comes or goes as a whole are many and no surprise.
    bool shows_members(std::string_view type) const { return type == "Edited" || verbose_; }

    std::string mark(std::string_view type) const {
        if (type == "Added") return colors_.green("+") + " ";
        if (type == "Deleted") return colors_.red("-") + " ";
        if (type == "Edited") return colors_.yellow("+/-") + " ";
        return "";
    }

    void line(Place at, std::string_view type, const std::string& text) {
        out_ += std::string(at.column, ' ') + mark(type) + std::string(at.padding(type), ' ') + text + "\n";
    }

    std::string painted(const std::string& text) const {
        if (text.ends_with("create")) return colors_.green(text);
        if (text.ends_with("destroy")) return colors_.red(text);
        return text.ends_with("ignore") ? text : colors_.yellow(text);
    }

    std::string in_parentheses(const std::vector<std::string>& texts) const {
        std::vector<std::string> parts;
        for (const std::string& text : texts) parts.push_back(painted(text));
        return parts.empty() ? "" : " (" + join(parts, ", ") + ")";
    }

    std::string notes(const List<std::string>& annotations) const {
        return in_parentheses({annotations.begin(), annotations.end()});
    }

    void group(Place at, const model::TaskGroupDiff& g) {
        std::vector<std::string> updates;
        for (const auto& [what, n] : g.Updates) updates.push_back(std::to_string(n) + " " + what);
        line(at, g.Type, colors_.bold("Task Group: " + quote(g.Name)) + in_parentheses(updates));
        const bool members_shown = shows_members(g.Type);
        size_t marks = widest_mark(g.Tasks);
        if (members_shown) marks = widest_mark(g.Objects, widest_mark(g.Fields, marks));
        const Place inner{at.within(g.Type), marks};
        if (members_shown) members(inner, g.Fields, g.Objects);
        for (const auto& t : g.Tasks) task(inner, t);
    }

    void task(Place at, const model::TaskDiff& t) {
        line(at, t.Type, colors_.bold("Task: " + quote(t.Name)) + notes(t.Annotations));
        if (!shows_members(t.Type)) return;
        members({at.within(t.Type), widest_mark(t.Objects, widest_mark(t.Fields))}, t.Fields, t.Objects);
    }

    void members(Place at, const List<model::FieldDiff>& fields, const List<model::ObjectDiff>& objects) {
        size_t longest = 0;
        for (const auto& f : fields) longest = std::max(longest, f.Name.size());
        for (const auto& f : fields) {
            const std::string name = f.Name + ":" + std::string(longest - f.Name.size() + 1, ' ');
            std::string value = quote(f.Type == "Deleted" ? f.Old : f.New);
            if (f.Type == "Edited") value = quote(f.Old) + " => " + quote(f.New);
            line(at, f.Type, name + value + notes(f.Annotations));
        }
        for (const auto& o : objects) {
            line(at, o.Type, o.Name + " {");
            members({at.within(o.Type), widest_mark(o.Objects, widest_mark(o.Fields))}, o.Fields, o.Objects);
            out_ += std::string(at.column + at.marks, ' ') + "}\n";
        }
    }

    const Colors& colors_;
    bool verbose_;
    std::string out_;
};

}  // namespace

std::string job_diff(const model::JobDiff& diff, const Colors& colors, bool verbose) {
    return DiffPrinter(colors, verbose).job(diff);
}

}  // namespace drover::cli
