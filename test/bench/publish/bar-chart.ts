/**
 * A chart of horizontal bars as SVG, drawn by echarts without a browser. echarts is loaded when the first chart is drawn;
 * nothing else knows it.
 */

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Beside the bar, in place of the bare number. */
  readonly shown: string;
  /** Whether the bar is one that others are compared with. */
  readonly isReference: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** What is used of echarts, whose own types are those of everything that it can draw. */
interface Echarts {
  init(
    element: null,
    theme: null,
    options: { readonly renderer: 'svg'; readonly ssr: true; readonly width: number; readonly height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

const WIDTH = 860;
const ROW_HEIGHT = 30;
const FRAME_HEIGHT = 90;
const LABEL_WIDTH = 330;
/** Readable on white and on the dark ground of a page. */
const [COLOR, REFERENCE_COLOR, TEXT_COLOR] = ['#3b7dd8', '#9aa4b1', '#6b7480'];
const PACKAGE = 'echarts';

/** Returns the SVG text; the first bar is on top. The same chart is always the same text. */
export async function renderBarChart({ title, unit, bars }: BarChart): Promise<string> {
  const { init }: Echarts = await import(PACKAGE);
  const height = FRAME_HEIGHT + bars.length * ROW_HEIGHT;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const text = { color: TEXT_COLOR, fontSize: 12 };
  chart.setOption({
    animation: false,
    title: { text: title, left: 12, top: 8, textStyle: { color: TEXT_COLOR, fontSize: 15 } },
    grid: { left: LABEL_WIDTH, right: 90, top: 44, bottom: 40 },
    xAxis: { type: 'value', name: unit, nameLocation: 'middle', nameGap: 26, nameTextStyle: text, axisLabel: text },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ label }) => label),
      axisTick: { show: false },
      axisLabel: { ...text, width: LABEL_WIDTH - 20, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        barWidth: '62%',
        data: bars.map(({ value, shown, isReference }) => ({
          value,
          itemStyle: { color: isReference ? REFERENCE_COLOR : COLOR },
          label: { show: true, position: 'right', formatter: shown, ...text },
        })),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${withoutHover(svg)}\n`;
}

/** What moves under a pointer is numbered through the process; in a page nothing does. */
const withoutHover = (svg: string): string =>
  svg
    .replaceAll(/<style ?>.*?<\/style>\n?/gs, '')
    .replaceAll(/ (class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replaceAll(/\bzr\d+-/g, 'chart-');
