#include "replay/chart.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace drover::replay {
namespace {

constexpr double kWidth = 900, kLeft = 70, kRight = 20, kPanel = 150, kGap = 46, kTop = 30;

struct Curve {
    std::string name, color;
    std::function<double(const Sample&)> value;
};

struct Panel {
    std::string title;
    bool percent = false;  // else counts, from 0 to what is needed
    std::vector<Curve> curves;
};

std::vector<Panel> panels_of(const Report& report) {
    const bool devices = std::any_of(report.Samples.begin(), report.Samples.end(),
                                     [](const Sample& s) { return s.Devices > 0 || s.FragmentedDevices > 0; });
    Panel used{"In use, % of ready nodes", true, {}};
    used.curves.push_back({"CPU", "#1f77b4", [](const Sample& s) { return s.CPU; }});
    used.curves.push_back({"memory", "#d62728", [](const Sample& s) { return s.Memory; }});
    if (devices) used.curves.push_back({"devices", "#2ca02c", [](const Sample& s) { return s.Devices; }});
    Panel fragments{"Of what is free: too scattered for the median allocation, %", true, {}};
    fragments.curves.push_back({"CPU", "#1f77b4", [](const Sample& s) { return s.FragmentedCPU; }});
    fragments.curves.push_back({"memory", "#d62728", [](const Sample& s) { return s.FragmentedMemory; }});
    if (devices)
        fragments.curves.push_back({"devices", "#2ca02c", [](const Sample& s) { return s.FragmentedDevices; }});
    const auto count = [](int64_t Sample::* member) {
        return [member](const Sample& s) { return static_cast<double>(s.*member); };
    };
    Panel nodes{"Nodes",
                false,
                {{"ready", "#7f7f7f", count(&Sample::NodesReady)}, {"used", "#9467bd", count(&Sample::NodesUsed)}}};
    Panel allocs{"Allocations", false, {{"to run", "#1f77b4", count(&Sample::Allocations)}}};
    Panel waiting{"Jobs that wait for room", false, {{"waiting", "#d62728", count(&Sample::WaitingJobs)}}};
    return {used, nodes, allocs, waiting, fragments};
}

std::string number(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.1f", value);
    return text;
}

// The smallest of 1, 2, 5 times a power of ten that is not below.
double round_up(double value) {
    if (value <= 1) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (value <= step * power) return step * power;
    }
    return 10 * power;
}

std::string text_at(double x, double y, const std::string& text, const std::string& more = "") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + more + ">" + text + "</text>\n";
}

std::string line_of(double x1, double y1, double x2, double y2) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
           "\" stroke=\"#ccc\"/>\n";
}

class Drawing {
public:
    explicit Drawing(const Report& report) : report_(report) {}

    std::string svg() {
        const std::vector<Panel> panels = panels_of(report_);
        const double height = kTop + static_cast<double>(panels.size()) * (kPanel + kGap) + 10;
        std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kWidth) + "\" height=\"" +
                          number(height) + "\" font-family=\"sans-serif\" font-size=\"12\">\n" +
                          "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
        double top = kTop;
        for (const Panel& panel : panels) {
            out += draw(panel, top);
            top += kPanel + kGap;
        }
        return out + "</svg>\n";
    }

private:
    std::string draw(const Panel& panel, double top) const {
        double most = panel.percent ? 1 : 0;
        if (!panel.percent) {
            for (const Curve& curve : panel.curves) {
                for (const Sample& sample : report_.Samples) most = std::max(most, curve.value(sample));
            }
            most = round_up(most);
        }
        std::string out = text_at(kLeft, top - 8, panel.title, " font-weight=\"bold\"");
        for (int i = 0; i <= 4; ++i) {
            const double y = top + kPanel - kPanel * i / 4, value = most * i / 4;
            out += line_of(kLeft, y, kWidth - kRight, y);
            const std::string label = panel.percent ? number(value * 100) : number(value);
            out += text_at(kLeft - 6, y + 4, label, " text-anchor=\"end\"");
        }
        for (int i = 0; i <= 6; ++i) {
            const double hours = static_cast<double>(report_.EndSeconds) / 3600 * i / 6;
            out += text_at(x_of(hours * 3600), top + kPanel + 15, number(hours) + " h", " text-anchor=\"middle\"");
        }
        double legend = kWidth - kRight;
        for (const Curve& curve : panel.curves) {
            out += curve_of(curve, top, most);
            out += text_at(legend, top - 8, curve.name, " text-anchor=\"end\" fill=\"" + curve.color + "\"");
            legend -= 70;
        }
        return out;
    }
    double x_of(double seconds) const {
        const double end = std::max<double>(1, static_cast<double>(report_.EndSeconds));
        return kLeft + (kWidth - kLeft - kRight) * seconds / end;
    }
    std::string curve_of(const Curve& curve, double top, double most) const {
        std::string points;
        for (const Sample& sample : report_.Samples) {
            const double share = std::clamp(curve.value(sample) / most, 0.0, 1.0);
            points +=
                number(x_of(static_cast<double>(sample.AtSeconds))) + "," + number(top + kPanel - kPanel * share) + " ";
        }
        return "<polyline fill=\"none\" stroke=\"" + curve.color + "\" stroke-width=\"1.5\" points=\"" + points +
               "\"/>\n";
    }

    const Report& report_;
};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace

std::string svg_of(const Report& report) { return Drawing(report).svg(); }

std::string html_of(const Report& report, const std::vector<std::pair<std::string, std::string>>& figures) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Simulation</title>\n"
        "<style>body{font-family:sans-serif;margin:2em}td{padding:.1em 1.5em .1em 0}</style></head><body>\n"
        "<h1>Simulation</h1>\n<table>\n";
    for (const auto& [name, value] : figures)
        out += "<tr><td>" + escaped(name) + "</td><td>" + escaped(value) + "</td></tr>\n";
    return out + "</table>\n" + svg_of(report) + "</body></html>\n";
}

}  // namespace drover::replay
