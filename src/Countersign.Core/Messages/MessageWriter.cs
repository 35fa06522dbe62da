namespace Countersign.Core.Messages;

/// <summary>
/// Writes the text of a message. Pure, and built for the hot path: besides the finished text it allocates nothing that grows.
/// <para>
/// Language: the one asked for, else that of the destination's country; where there is no text in it, the template's default, else
/// English. As with Twilio, a language asked for that we lack is not replaced by the country's: the caller chose against that one.
/// </para>
/// <para>
/// Order: the text, the do-not-share sentence if it costs no further segment, what <see cref="Autofill"/> needs at the end.
/// The code stands in the text once, and once more only in the WebOTP line.
/// </para>
/// </summary>
public static class MessageWriter
{
    const int UsualLength = 384;

    /// <summary>
    /// Always gives a message. A template that cannot be filled, or that does not name the amount and the payee of a payment being confirmed, gives
    /// way to the built-in text: by now the send was promised, so refuse at the edge with <see cref="TryWrite"/> or
    /// <see cref="TemplateTranslation.MissingFrom"/>. So does one that names the service where <see cref="MessageRequest.Brandless"/> is asked for,
    /// which is never asked for together with a template: what was approved is sent as it was approved.
    /// </summary>
    public static RenderedMessage Write(MessageRequest request)
    {
        var locale = request.Locale ?? LocaleOf(request.To);
        if (request.Template?.For(locale) is { } translation && Suits(translation, request) && translation.Pattern.IsFilledBy(request))
            return Write(request, translation.Pattern, translation.Locale);

        var words = StandardWords.For(locale);
        return Write(request, words.PatternFor(request), words.Locale);
    }

    /// <summary>As <see cref="Write(MessageRequest)"/>, but says so if the template lacks substitutions (Twilio's 60224).</summary>
    public static WriteMessageResult TryWrite(MessageRequest request)
    {
        var locale = request.Locale ?? LocaleOf(request.To);
        var missing = request.Template?.For(locale).MissingFrom(request.Substitutions, request.ConfirmsPayment);
        return missing is { Count: > 0 }
            ? new WriteMessageResult.MissingSubstitutions(missing)
            : new WriteMessageResult.Written(Write(request));
    }

    /// <summary>A mailbox tells of no country, not even one that begins with a plus.</summary>
    static string LocaleOf(Numbers.Destination to) => to is Numbers.EmailAddress ? Locales.Fallback : Locales.DefaultFor(to.Reveal());

    static RenderedMessage Write(MessageRequest request, TextPattern pattern, string locale)
    {
        var buffer = new TextBuffer(stackalloc char[UsualLength]);
        try
        {
            if (request.AppHash is not null)
                buffer.Append(Autofill.RetrieverPrefix);
            pattern.AppendTo(ref buffer, request);
            var segments = Finish(ref buffer, request, locale);
            return new RenderedMessage(new string(buffer.Written), locale, segments);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    /// <summary>Adds what follows the text, first with the sentence, and again without if that saves a segment.</summary>
    static SegmentCount Finish(ref TextBuffer buffer, MessageRequest request, string locale)
    {
        // Never a sentence in another language than the text's.
        var words = request.DoNotShare ? StandardWords.Find(locale) : null;
        if (words is null)
            return End(ref buffer, request);

        var textLength = buffer.Length;
        var withSentence = EndWith(words, ref buffer, request);
        if (withSentence.Segments == 1)
            return withSentence;

        buffer.Rewind(textLength);
        var without = End(ref buffer, request);
        if (without.Segments < withSentence.Segments)
            return without;

        buffer.Rewind(textLength);
        return EndWith(words, ref buffer, request);
    }

    static SegmentCount EndWith(StandardWords words, ref TextBuffer buffer, MessageRequest request)
    {
        buffer.Append(buffer.Written is [.., '.' or '!' or '?' or '。' or '।'] ? " " : words.Stop);
        buffer.Append(words.DoNotShare);
        return End(ref buffer, request);
    }

    static SegmentCount End(ref TextBuffer buffer, MessageRequest request)
    {
        Autofill.AppendEnding(ref buffer, request);
        return Segments.Count(buffer.Written);
    }

    static bool Suits(TemplateTranslation translation, MessageRequest request) =>
        !(request.Brandless && translation.Pattern.FriendlyNameCount > 0)
        && (!request.ConfirmsPayment || translation.NamesPayment);
}

/// <summary>How <see cref="MessageWriter.TryWrite"/> ended.</summary>
public abstract record WriteMessageResult
{
    public sealed record Written(RenderedMessage Message) : WriteMessageResult;

    /// <summary>The template's text in the chosen language has variables without a value.</summary>
    public sealed record MissingSubstitutions(IReadOnlyList<string> Variables) : WriteMessageResult;

    WriteMessageResult()
    {
    }
}
