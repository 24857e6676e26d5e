/** One column of a table: what stands in its head and, as text, in its cells. A slot of the same name may draw the cell instead. */
export interface Column<T> {
  readonly name: string
  readonly label: string
  readonly width?: string
  readonly text: (row: T) => string
}
