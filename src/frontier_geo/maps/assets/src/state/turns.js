// When to draw: at the end of the task that asks for it, but at most once for each frame shown.

const nextFrame = (fn) => window.requestAnimationFrame(fn);

/**
 * A way to ask for `draw()`: what is asked for first is drawn as soon as the present task ends, so that
 * the next frame shows it; what is asked for again before that frame is drawn with the frame.
 * `now()` draws at once.
 */
export const createTurns = (draw, { frame = nextFrame, soon = queueMicrotask } = {}) => {
  let wanted = false;
  let drawn = false; // since the last frame

  const now = () => {
    wanted = false;
    if (!drawn) {
      drawn = true;
      frame(() => {
        drawn = false;
        if (wanted) now();
      });
    }
    draw();
  };

  const request = () => {
    if (wanted) return;
    wanted = true;
    if (drawn) return; // the frame draws it
    soon(() => {
      if (wanted && !drawn) now();
    });
  };

  return { request, now };
};
