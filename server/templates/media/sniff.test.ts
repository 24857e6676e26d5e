import { describe, expect, it } from 'vitest'
import { sniff } from './sniff.ts'

const bytes = (...values: number[]) => Uint8Array.from([...values, ...Array<number>(40).fill(7)])
const text = (value: string) => new TextEncoder().encode(value)
const png = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

describe('what a file is', () => {
  it.each([
    ['image', 'a.png', png, 'image/png'], ['image', '图.JPG', bytes(0xff, 0xd8, 0xff, 0xe0), 'image/jpeg'], ['file', 'a.png', png, 'image/png'],
    ['video', 'a.mp4', bytes(0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70), 'video/mp4'], ['file', '价目.pdf', text('%PDF-1.7 ...'), 'application/pdf'],
    ['file', 'a.docx', bytes(0x50, 0x4b, 3, 4), 'application/zip'], ['file', 'a.doc', bytes(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), 'application/x-ole-storage'],
  ] as const)('%s %s', (kind, name, head, contentType) => { expect(sniff(kind, name, head, false)).toBe(contentType) })

  it('plain text is one only when all of it is', () => {
    expect(sniff('file', 'a.txt', text('您好'), true)).toBe('text/plain; charset=utf-8')
    expect(sniff('file', 'a.txt', text('您好'), false)).toBeNull()
  })

  it.each([
    ['a program that is called a picture', 'image', 'a.png', text('MZ\u0000\u0001...'), false], ['a page that is called a picture', 'image', 'a.png', text('<html><script>'), true], ['a picture that is called a program', 'file', 'a.exe', png, false],
    ['a page', 'file', 'a.html', text('<html>'), true], ['a script', 'file', 'a.sh', text('#!/bin/sh'), true], ['a picture as a video', 'video', 'a.png', png, false], ['a document as a picture', 'image', 'a.pdf', text('%PDF-1.7'), false],
    ['two endings', 'file', 'a.pdf.exe', text('%PDF-1.7'), false], ['no ending', 'file', 'pdf', text('%PDF-1.7'), false], ['an archive', 'file', 'a.zip', bytes(0x50, 0x4b, 3, 4), false], ['nothing', 'file', 'a.txt', text(''), false], ['a gif', 'image', 'a.gif', text('GIF89a'), true],
  ] as const)('refuses %s', (_, kind, name, head, isText) => { expect(sniff(kind, name, head, isText)).toBeNull() })
})
