import {inks} from '../../charts/colours';
import {canvasOf, head, save, write} from '../../charts/painting';
import type {Graph, Sizes} from './graph';

const EDGE = 20;
const LEAST_WIDTH = 480;

export interface PaintedStep {
  name: string;
  lines: string[];
}

/** Saves a graph of steps as a PNG. */
export function saveGraph(
  file: string,
  title: string,
  graph: Graph,
  size: Pick<Sizes, 'width' | 'height'>,
  steps: PaintedStep[],
): void {
  const ink = inks();
  const width = Math.max(graph.width + 2 * EDGE, LEAST_WIDTH);
  const brush = canvasOf(width, graph.height + 3 * EDGE + 28, ink);
  if (!brush) return;
  brush.translate(EDGE, head(brush, {title}, width, ink));
  brush.strokeStyle = ink.grey;
  brush.lineWidth = 1.5;
  for (const edge of graph.edges) brush.stroke(new Path2D(edge.path));
  for (const step of steps) {
    const place = graph.places.get(step.name);
    if (!place) continue;
    brush.fillStyle = ink.surface;
    brush.fillRect(place.x, place.y, size.width, size.height);
    brush.strokeRect(place.x, place.y, size.width, size.height);
    const room = size.width - 16;
    const x = place.x + 8;
    write(brush, step.name, {x, y: place.y + 14, room, hue: ink.text, font: '600 13px'});
    step.lines.forEach((line, at) => {
      write(brush, line, {x, y: place.y + 32 + at * 16, room, hue: ink.muted, font: '12px'});
    });
  }
  save(file, brush);
}
