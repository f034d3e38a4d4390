/** The parts of ECharts that the page draws with: a chunk of its own, read when a chart is. */
import {BarChart, LineChart, PieChart} from 'echarts/charts';
import {AriaComponent, GridComponent, LegendComponent, TooltipComponent} from 'echarts/components';
import {init, use} from 'echarts/core';
import type {EChartsCoreOption, ECharts} from 'echarts/core';
import {CanvasRenderer} from 'echarts/renderers';

use([
  BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent,
  CanvasRenderer,
]);

export type {ECharts, EChartsCoreOption};

export function draw(element: HTMLElement): ECharts {
  return init(element, null, {renderer: 'canvas'});
}
