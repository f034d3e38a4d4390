import {bytes, count, exact, shortDay} from '../format/format';
import {asText, colour, type Inks} from './colours';
import type {EChartsCoreOption} from './echarts';

/** What all charts share: no boxes, faint lines, the system's type, tooltips drawn on the canvas
 * (the Content-Security-Policy takes no styles inside HTML). */
export function base(ink: Inks): EChartsCoreOption {
  return {
    animationDuration: 150,
    animationDurationUpdate: 150,
    textStyle: {fontFamily: 'system-ui, sans-serif', color: ink.muted, fontSize: 12},
    tooltip: {
      renderMode: 'richText',
      confine: true,
      backgroundColor: ink.surface,
      borderColor: ink.line,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: {color: ink.text, fontSize: 12, lineHeight: 18},
    },
    aria: {enabled: false}, // the figure says it in words
  };
}

export interface DayLine {
  name: string;
  values: (number | null)[];
  kind: 'bar' | 'line';
  axis?: 0 | 1;
  place: number; // of its colour
  unit?: 'count' | 'bytes';
}

interface TooltipItem {
  seriesName: string;
  dataIndex: number;
  seriesIndex: number;
  value: number | null;
}

function show(unit: DayLine['unit'], value: number | null): string {
  if (value === null) return 'unknown';
  return unit === 'bytes' ? bytes(value) : count(value);
}

function axis(ink: Inks, lines: DayLine[], at: 0 | 1, two: boolean): object {
  const own = lines.filter((line) => (line.axis ?? 0) === at);
  const first = own[0];
  const hue = two && first ? colour(first.place) : ink.muted;
  return {
    type: 'value',
    name: two && first ? first.name : '',
    nameLocation: 'middle',
    nameGap: 46,
    nameTextStyle: {color: two && first ? asText(hue, ink.surface) : ink.text, fontWeight: 600},
    position: at === 0 ? 'left' : 'right',
    min: 0,
    minInterval: 1,
    splitNumber: 4,
    axisLine: {show: two, lineStyle: {color: hue, width: 2}},
    axisTick: {show: false},
    axisLabel: {
      color: ink.muted,
      formatter: (value: number) => show(first?.unit, value),
    },
    splitLine: {show: at === 0, lineStyle: {color: ink.line}},
  };
}

/** Measures by date, on one axis or two, with exact values in the tooltip. */
export function byDay(ink: Inks, days: string[], lines: DayLine[]): EChartsCoreOption {
  const two = lines.some((line) => line.axis === 1);
  const tip = (items: TooltipItem[]) => {
    const at = items[0]?.dataIndex ?? 0;
    const told = items.map((item) => {
      const unit = lines[item.seriesIndex]?.unit;
      const value = item.value;
      const more =
        unit === 'bytes' && value !== null && value >= 1000 ? ` (${exact(value)} B)` : '';
      const plain = unit === 'bytes' ? bytes(value) : exact(value);
      return `${item.seriesName}: ${value === null ? 'unknown' : plain + more}`;
    });
    return [`${days[at]} UTC`, ...told].join('\n');
  };
  return {
    ...base(ink),
    grid: {left: two ? 64 : 48, right: two ? 72 : 12, top: 36, bottom: 28},
    legend: {
      top: 0,
      left: 0,
      icon: 'roundRect',
      itemWidth: 12,
      itemHeight: 8,
      itemGap: 16,
      textStyle: {color: ink.text},
    },
    tooltip: {
      ...(base(ink)['tooltip'] as object),
      trigger: 'axis',
      formatter: tip,
      axisPointer: {type: 'shadow', shadowStyle: {color: ink.grey, opacity: 0.15}},
    },
    xAxis: {
      type: 'category',
      data: days.map(shortDay),
      axisLine: {lineStyle: {color: ink.line}},
      axisTick: {show: false},
      axisLabel: {color: ink.muted, hideOverlap: true},
    },
    yAxis: two
      ? [axis(ink, lines, 0, true), axis(ink, lines, 1, true)]
      : axis(ink, lines, 0, false),
    series: lines.map((line) => ({
      name: line.name,
      type: line.kind,
      yAxisIndex: line.axis ?? 0,
      data: line.values,
      color: colour(line.place),
      barMaxWidth: 18,
      barCategoryGap: '28%',
      showSymbol: false,
      connectNulls: false,
      lineStyle: {width: 2},
      itemStyle: line.kind === 'bar' ? {borderRadius: [2, 2, 0, 0]} : {},
      emphasis: {disabled: true},
    })),
  };
}

export interface Slice {
  name: string;
  value: number;
  hue: string;
}

/** A part of a whole, the total in its middle. */
export function donut(ink: Inks, slices: Slice[], unit: string): EChartsCoreOption {
  const total = slices.reduce((sum, slice) => sum + slice.value, 0);
  return {
    ...base(ink),
    tooltip: {
      ...(base(ink)['tooltip'] as object),
      trigger: 'item',
      formatter: (item: {name: string; value: number}) =>
        `${item.name}\n${exact(item.value)} ${unit}, ` +
        `${total ? Math.round((item.value / total) * 100) : 0} %`,
    },
    series: [
      {
        type: 'pie',
        radius: ['64%', '96%'],
        center: ['50%', '50%'],
        data: slices.map((slice) => ({
          name: slice.name,
          value: slice.value,
          itemStyle: {color: slice.hue},
        })),
        label: {show: false},
        labelLine: {show: false},
        itemStyle: {borderColor: ink.surface, borderWidth: 2},
        emphasis: {scale: false},
        cursor: 'pointer',
      },
    ],
  };
}
