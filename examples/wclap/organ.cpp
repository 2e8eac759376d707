#include "organ.h"

#include <cmath>
#include <cstring>

namespace
{

constexpr unsigned TABLE_LENGTH = 2048;
constexpr double TURN = 6.283185307179586;

// Two tables of one turn each: the fundamental, and the partials above it.
struct Tables {
    std::array<float, TABLE_LENGTH> low, high;

    Tables()
    {
        for (unsigned i = 0; i < TABLE_LENGTH; i++) {
            const double turn = TURN * i / TABLE_LENGTH;
            low[i] = static_cast<float>(std::sin(turn));
            high[i] =
                static_cast<float>(0.5 * std::sin(2 * turn) + 0.25 * std::sin(3 * turn) + 0.2 * std::sin(4 * turn));
        }
    }
};

const Tables tables;

} // namespace

void Organ::start_note(int key, double velocity)
{
    Voice *quietest = &voices[0];
    for (Voice &voice : voices)
        if (voice.level + voice.target < quietest->level + quietest->target)
            quietest = &voice;
    *quietest = Voice{};
    quietest->key = key;
    quietest->held = true;
    quietest->step = 440.0 * std::exp2((key - 69) / 12.0) / sample_rate;
    quietest->target = static_cast<float>(0.2 * velocity);
}

void Organ::stop_note(int key)
{
    for (Voice &voice : voices)
        if (voice.held && (key < 0 || voice.key == key)) {
            voice.held = false;
            voice.target = 0;
        }
}

void Organ::reset()
{
    voices.fill(Voice{});
}

void Organ::play(float *left, float *right, uint32_t from, uint32_t to)
{
    std::memset(left + from, 0, (to - from) * sizeof(float));
    for (Voice &voice : voices) {
        if (voice.key < 0)
            continue;
        for (uint32_t i = from; i < to; i++) {
            voice.level += 0.002f * (voice.target - voice.level);
            const auto at = static_cast<unsigned>(voice.phase * TABLE_LENGTH) % TABLE_LENGTH;
            left[i] += voice.level * (tables.low[at] + static_cast<float>(brightness) * tables.high[at]);
            voice.phase += voice.step;
            voice.phase -= std::floor(voice.phase);
        }
        if (!voice.held && voice.level < 1e-5f)
            voice = Voice{};
    }
    std::memcpy(right + from, left + from, (to - from) * sizeof(float));
}
