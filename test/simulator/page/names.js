const families = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗']
const given = ['小雨', '思琪', '建华', '晓东', '美玲', '子轩', '婷婷', '志远', '雪莹', '浩宇', '欣悦', '文静', '俊熙', '若琳', '海涛']
const pick = (list) => list[Math.floor(Math.random() * list.length)]

/** A random Chinese name for somebody whom the company has never met. */
export const randomName = () => pick(families) + pick(given)
