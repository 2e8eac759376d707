// The organ: eight voices that read a table which a static constructor fills. It knows nothing of plugins.
#ifndef ORGAN_H
#define ORGAN_H

#include <array>
#include <cstdint>

struct Voice {
    int key = -1;
    bool held = false;
    double phase = 0, step = 0;
    float level = 0, target = 0;
};

class Organ
{
  public:
    double sample_rate = 48000;
    double brightness = 0.5; // 0 .. 1

    // A key of MIDI, 0 .. 127; a velocity, 0 .. 1. [audio-thread]
    void start_note(int key, double velocity);
    // A key, or -1 for all. [audio-thread]
    void stop_note(int key);
    // Silence at once. [audio-thread]
    void reset();
    // Add nothing to what is there: the frames from .. to of both channels are written. [audio-thread]
    void play(float *left, float *right, uint32_t from, uint32_t to);

  private:
    std::array<Voice, 8> voices{};
};

#endif
