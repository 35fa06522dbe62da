using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Countersign.Bench.Servers;

/// <summary>
/// What the kernel notes on one processor: which process met an event (a tracepoint), and which process made which. The kernel writes a few words into memory that it shares with us,
/// so nobody is held up; it ends with our process, however that ends. perf_event_open(2) has the layouts. Used by one thread at a time.
/// </summary>
sealed unsafe partial class PerfRing : IDisposable
{
    // 256 KiB: some ten thousand notes until somebody reads them.
    const int DataPages = 64;

    // struct perf_event_attr, as long as it was in its first version.
    const int AttributesSize = 64;
    const uint Tracepoint = 2;
    const ulong WithProcess = 1 << 1, WithForks = 1 << 13;
    const int AnyProcess = -1;
    const uint SetFilter = 0x40082406;

    const int HeadOffset = 1024, TailOffset = 1032;
    const uint LostRecord = 2, ForkRecord = 7, SampleRecord = 9;

    static readonly int PageSize = Environment.SystemPageSize;

    readonly SafeFileHandle _event;
    readonly byte* _memory;

    /// <param name="tracepoint">Its number in this kernel.</param>
    /// <param name="processor">The processor's.</param>
    /// <param name="filter">Which of them count, by the tracepoint's own fields; null for all.</param>
    /// <exception cref="Win32Exception">The kernel does not let us.</exception>
    public PerfRing(int tracepoint, int processor, string? filter)
    {
        Span<byte> attributes = stackalloc byte[AttributesSize];
        attributes.Clear();
        MemoryMarshal.Write(attributes, Tracepoint);
        MemoryMarshal.Write(attributes[4..], AttributesSize);
        MemoryMarshal.Write(attributes[8..], (ulong)tracepoint);
        MemoryMarshal.Write(attributes[16..], 1UL); // Each of them.
        MemoryMarshal.Write(attributes[24..], WithProcess);
        MemoryMarshal.Write(attributes[40..], WithForks);
        var call = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 298 : 241;
        var handle = OpenEvent(call, ref MemoryMarshal.GetReference(attributes), AnyProcess, processor, group: -1, flags: 0);
        if (handle < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _event = new SafeFileHandle(handle, ownsHandle: true);
        if (filter is not null && Control(_event, SetFilter, filter) != 0)
        {
            _event.Dispose();
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        var memory = Map(0, (DataPages + 1) * PageSize, protection: 3, flags: 1, _event, 0);
        if (memory == -1)
        {
            _event.Dispose();
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _memory = (byte*)memory;
    }

    /// <summary>Hands out what was noted since the last time: a process that met the event; a process and who made it; how many notes found no room.</summary>
    public void Read(Action<int> met, Action<int, int> made, Action<long> lost)
    {
        var head = Volatile.Read(ref *(ulong*)(_memory + HeadOffset));
        var at = *(ulong*)(_memory + TailOffset);
        while (at < head)
        {
            // Type, flags and size; then two numbers of processes, or of a process and its thread.
            var (header, first, second) = (Word(at), Word(at + 8), Word(at + 16));
            switch ((uint)header)
            {
                case SampleRecord:
                    met((int)first);
                    break;
                case ForkRecord when (int)first != (int)(first >> 32):
                    made((int)first, (int)(first >> 32));
                    break;
                case LostRecord:
                    lost((long)second);
                    break;
            }

            at += header >> 48;
        }

        Volatile.Write(ref *(ulong*)(_memory + TailOffset), head);
    }

    public void Dispose()
    {
        _ = Unmap((nint)_memory, (DataPages + 1) * PageSize);
        _event.Dispose();
    }

    /// <summary>Records are made of whole words, and none of them is torn where the ring begins anew.</summary>
    ulong Word(ulong at) => *(ulong*)(_memory + PageSize + (at % (ulong)(DataPages * PageSize)));

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int OpenEvent(nint call, ref byte attributes, nint process, nint processor, nint group, nint flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Control(SafeFileHandle file, nuint request, string argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
