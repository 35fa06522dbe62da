using System.Buffers;
using System.IO.Pipelines;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api.Forms;

/// <summary>
/// Reads a form body straight from the connection's own buffers: UTF-8 <c>application/x-www-form-urlencoded</c>, at most
/// <see cref="MaxBytes"/>. Twilio's SDKs never send <c>multipart/form-data</c>, so that is a 415 as any other type is.
/// </summary>
public static class FormReader
{
    /// <summary>Bytes that a body may have, however it is framed.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>
    /// The request's form, or the error to answer with: 413 too large, 415 not a UTF-8 form, 400 malformed.
    /// A body of no bytes needs no <c>Content-Type</c> and is an empty form. Call once a request.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller went away or <paramref name="ct"/> was cancelled.</exception>
    public static async ValueTask<FormResult> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var length = request.ContentLength;
        if (length > MaxBytes)
        {
            return ApiErrors.BodyTooLarge(MaxBytes);
        }

        try
        {
            // Only a body that is there can lack a type, and whether a chunked one is there is known after a read.
            return FormContentType.Refuse(request) is not { } refusal ? await ReadAsync(request.BodyReader, length, ct)
                : request.ContentType is null && (length == 0 || await IsEmptyAsync(request.BodyReader, ct)) ? Form.Empty
                : refusal;
        }
        catch (BadHttpRequestException broken)
        {
            // Thrown by Kestrel for the caller's faults: a chunk that is none, a body that ends early or comes too slowly.
            return broken.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiErrors.BodyTooLarge(MaxBytes)
                : ApiErrors.Malformed("The request body was cut off or wrongly framed.");
        }
        catch (IOException)
        {
            // Thrown for a chunk size that no number holds, and for a connection that was reset in mid-body; nobody reads the answer to the latter.
            return ApiErrors.Malformed("The request body was cut off or wrongly framed.");
        }
    }

    /// <summary>Reads from a pipe to its end, or to the declared length. Never holds more than the pipe's buffers beyond <see cref="MaxBytes"/>.</summary>
    internal static async ValueTask<FormResult> ReadAsync(PipeReader reader, long? length, CancellationToken ct)
    {
        byte[]? parts = null;
        var held = 0;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(ct);
                var buffer = read.Buffer;
                if (read.IsCanceled)
                {
                    throw new OperationCanceledException("The read of the body was cancelled.");
                }

                if (held + buffer.Length > MaxBytes)
                {
                    reader.AdvanceTo(buffer.End);
                    return ApiErrors.BodyTooLarge(MaxBytes);
                }

                // A body that is whole needs no further read to be told so.
                var isWhole = read.IsCompleted || held + buffer.Length == length;
                if (isWhole && held == 0)
                {
                    var result = buffer.IsSingleSegment ? Form.Parse(buffer.FirstSpan) : ParseSegments(buffer);
                    reader.AdvanceTo(buffer.End);
                    return result;
                }

                // Nothing is left in the pipe: of a body that ends early Kestrel would find it there, and complain of that with a stack trace.
                (parts, held) = Append(parts, held, buffer);
                reader.AdvanceTo(buffer.End);
                if (isWhole)
                {
                    return Form.Parse(parts.AsSpan(0, held));
                }
            }
        }
        finally
        {
            if (parts is not null)
            {
                ArrayPool<byte>.Shared.Return(parts);
            }
        }
    }

    /// <summary>Grows with what comes, not to what was announced: whoever sends a byte an hour holds no more than that.</summary>
    static (byte[] Parts, int Held) Append(byte[]? parts, int held, in ReadOnlySequence<byte> part)
    {
        var needed = held + (int)part.Length;
        if (parts is null || parts.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * held));
            if (parts is not null)
            {
                parts.AsSpan(0, held).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(parts);
            }

            parts = larger;
        }

        part.CopyTo(parts.AsSpan(held));
        return (parts, needed);
    }

    static FormResult ParseSegments(in ReadOnlySequence<byte> body)
    {
        var rented = ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            body.CopyTo(rented);
            return Form.Parse(rented.AsSpan(0, (int)body.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    static async ValueTask<bool> IsEmptyAsync(PipeReader reader, CancellationToken ct)
    {
        while (true)
        {
            var read = await reader.ReadAsync(ct);
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (!read.Buffer.IsEmpty || read.IsCompleted || read.IsCanceled)
            {
                return read.Buffer.IsEmpty && read.IsCompleted;
            }
        }
    }
}
