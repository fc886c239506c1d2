import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core';

/** Size of a tile with its gap, CSS pixels; a tile may be wider, so that rows are full. */
const TILE = 120;
const MIN_COLUMNS = 2;

/** The rows of a grid that can be seen, out of thousands. */
export class GridRows {
  /** Those to render. */
  visible = $state.raw<VirtualItem[]>([]);
  /** Of all rows, CSS pixels. */
  height = $state(0);
  columns = $state(MIN_COLUMNS);
  /** A tile with its gap, CSS pixels. */
  size = $state(TILE);

  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;
  #count = 0;

  /** For the element that scrolls. */
  attach = (element: HTMLElement): (() => void) => {
    const virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.#options(element));
    this.#virtualizer = virtualizer;
    const unmount = virtualizer._didMount();
    virtualizer._willUpdate();
    const resizes = new ResizeObserver(() => this.#measure(element));
    resizes.observe(element);
    this.#measure(element);
    return () => {
      resizes.disconnect();
      unmount();
      this.#virtualizer = null;
    };
  };

  /** How many images there are. */
  setCount(count: number) {
    this.#count = count;
    this.#update();
  }

  /** Scrolls no further than it takes to see this image. */
  reveal(index: number) {
    this.#virtualizer?.scrollToIndex(Math.floor(index / this.columns), { align: 'auto' });
  }

  #options(element: HTMLElement) {
    return {
      count: Math.ceil(this.#count / this.columns),
      getScrollElement: () => element,
      estimateSize: () => this.size,
      overscan: 2,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#show(),
    };
  }

  #measure(element: HTMLElement) {
    const width = element.clientWidth;
    this.columns = Math.max(MIN_COLUMNS, Math.floor(width / TILE));
    this.size = Math.floor(width / this.columns);
    this.#update();
  }

  #update() {
    const element = this.#virtualizer?.scrollElement;
    if (!this.#virtualizer || !element) return;
    this.#virtualizer.setOptions(this.#options(element));
    this.#virtualizer.measure();
    this.#show();
  }

  #show() {
    this.visible = this.#virtualizer?.getVirtualItems() ?? [];
    this.height = this.#virtualizer?.getTotalSize() ?? 0;
  }
}
